  # Log-probabilities of tokens after those before them, under softmax(logits / temperature). x [N or more, C]: the residual
  # stream after the last layer, as trunk() returns it. following [N]: the token after each. top: how many alternatives.
  # entropies: 1 if the distributions' entropies are returned too, else 0.
  # Returns [N, 1 + entropies + 2 top] float64: log-probability of the following token, entropy, ids of the likeliest, their
  # log-probabilities.
  def prompt_logprobs(self, x: Tensor, head: List[Tensor], floors: List[Tensor], following: Tensor, top: int,
                      temperature: float, entropies: int) -> Tensor:
    n = following.numel()
    # In chunks, so that a long prompt does not need the logits of all its positions at once.
    chunk = 128
    reports = annotate(List[Tensor], [])
    for i in range((n + chunk - 1) // chunk):
      start = i * chunk
      rows = min(chunk, n - start)
      logits = self.product(self.norm(torch.narrow(x, 0, start, rows), floors[0]), head[0], head[1])
      if temperature != 1.0:
        logits = logits / temperature
      log_p = torch.log_softmax(logits, -1)
      report = torch.gather(log_p, 1, torch.narrow(following, 0, start, rows).unsqueeze(1)).to(7)
      if entropies > 0:
        report = torch.cat([report, torch.neg(torch.sum(torch.exp(log_p).mul_(log_p), [1], True)).to(7)], 1)
      if top > 0:
        likeliest, ids = torch.topk(log_p, top, -1)
        report = torch.cat([report, ids.to(7), likeliest.to(7)], 1)
      reports.append(report)
    return torch.cat(reports)
