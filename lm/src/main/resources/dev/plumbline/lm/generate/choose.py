  # Chooses one token for each row of logits [N, V] by inverting its distribution function at a uniform number.
  #
  # draws [6, N] float64: uniform number in (0, 1); temperature, 1 for a greedy row; 1 if the row is greedy, else 0;
  # top-k, V to keep all; top-p, above 1 to keep all; min-p. kind: what is needed for these rows, 0 all sample from
  # softmax(logits), 1 all sample, 2 some are greedy, 3 all are greedy. width: how many of the likeliest tokens to look at
  # first when cutting, 0 if no row cuts. forbidden [M, 2]: row and id of tokens that cannot be chosen.
  # Returns [3, N] float64: ids; log-probabilities under the distribution sampled from, 0 for a greedy choice; and under
  # softmax(logits).
  def choose(self, logits: Tensor, draws: Tensor, kind: int, width: int, forbidden: Tensor) -> Tensor:
    uniform, temperature, greedy, top_k, top_p, min_p = torch.unbind(draws.unsqueeze(2))
    allowed = logits
    if forbidden.numel() > 0:
      row, column = torch.unbind(forbidden, 1)
      nothing = torch.full([1], -inf, device=logits.device)
      allowed = logits.index_put(annotate(List[Optional[Tensor]], [row, column]), nothing)
    ids = torch.zeros([0], dtype=4, device=logits.device)
    log_p = torch.zeros_like(uniform)
    if kind < 3:
      scaled = allowed
      if kind > 0:
        scaled = allowed / temperature.to(6)
      p = torch.softmax(scaled, -1)
      if width > 0:
        p = self.cut(p, top_k, top_p, min_p, width)
      # In float64, so that a token of a large vocabulary keeps its share. Rows of NaN find nothing: the last id stands in.
      below = torch.cumsum(p, -1, dtype=7)
      total = torch.narrow(below, 1, p.size(1) - 1, 1)
      ids = torch.searchsorted(below, uniform * total, right=True).clamp_max_(p.size(1) - 1)
      log_p = torch.log(torch.gather(p, 1, ids).to(7) / total)
    if kind == 3:
      ids = torch.argmax(allowed, -1, True)
    if kind == 2:
      ids = torch.where(greedy > 0, torch.argmax(allowed, -1, True), ids)
      log_p = torch.where(greedy > 0, torch.zeros_like(log_p), log_p)
    raw = log_p
    if kind > 0:
      raw = torch.gather(torch.log_softmax(logits, -1), 1, ids).to(7)
    return torch.cat([ids.to(7), log_p, raw], 1).t().contiguous()

  # Probabilities p [N, V] with those of the tokens that are cut away set to 0; not normalised again. top-k, then top-p of
  # what is left, then min-p: each keeps the likeliest tokens of a row, so their order decides.
  def cut(self, p: Tensor, top_k: Tensor, top_p: Tensor, min_p: Tensor, width: int) -> Tensor:
    vocabulary = p.size(1)
    n = min(width, vocabulary)
    likeliest, order = torch.topk(p, n, -1)
    kept, complete = self.kept(likeliest, top_k, top_p, min_p, vocabulary)
    while not complete:
      n = min(n * 8, vocabulary)
      likeliest, order = torch.topk(p, n, -1)
      kept, complete = self.kept(likeliest, top_k, top_p, min_p, vocabulary)
    shortened = torch.zeros_like(p).scatter_(1, order, likeliest * kept)
    cuts = (top_k < vocabulary).logical_or(top_p <= 1).logical_or(min_p > 0)
    return torch.where(cuts, shortened, p)

  # Which of the likeliest tokens [N, n] of each row are kept, and whether no others are. n is at least each row's top-k,
  # unless that is V.
  def kept(self, likeliest: Tensor, top_k: Tensor, top_p: Tensor, min_p: Tensor,
           vocabulary: int) -> Tuple[Tensor, bool]:
    n = likeliest.size(1)
    among_k = torch.arange(n, device=likeliest.device) < top_k
    candidates = likeliest.to(7) * among_k
    reached = torch.cumsum(candidates, -1)
    mass = torch.where(top_k <= n, torch.narrow(reached, 1, n - 1, 1), torch.ones_like(top_p))
    kept = (reached - candidates < top_p * mass).logical_and(among_k)
    kept = kept.logical_and(likeliest >= min_p * torch.narrow(likeliest, 1, 0, 1))
    keeps_all = (top_k >= vocabulary).logical_and(top_p > 1).logical_and(min_p <= 0)
    ends = torch.narrow(kept, 1, n - 1, 1).logical_not()
    complete = n == vocabulary or bool(torch.all(ends.logical_or(keeps_all).logical_or(top_k <= n)))
    return (kept, complete)
