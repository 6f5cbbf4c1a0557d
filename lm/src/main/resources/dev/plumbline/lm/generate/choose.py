  # Chooses one token for each row of logits [N, V] by inverting its distribution function at a uniform number.
  #
  # choices: what Draws.java prepares.
  #   memory     float64, begins with [6, N]: uniform number in (0, 1); temperature, 1 for a greedy row; 1 if the row is
  #              greedy, else 0; top-k, V to keep all; top-p, above 1 to keep all; min-p
  #   tokens     [A + B + M + R, 2]: row and id, each pair once, of logits that are changed; row and id of tokens that are
  #              allowed, in rows that can choose no others; row and id of tokens that cannot be chosen; row and how many,
  #              of rows that report the likeliest tokens
  #   changes    [A, 3] float64: see changed_logits()
  # modes: kind, what is needed for these rows, 0 all sample from softmax(logits), 1 all sample, 2 some are greedy, 3 all
  # are greedy; width, how many of the likeliest tokens to look at first when cutting, 0 if no row cuts; top, how many
  # likeliest tokens to report; A, B, M and R.
  # Returns [3 + 2 top, N] float64: ids; log-probabilities under the distribution sampled from, 0 for a greedy choice; and
  # under softmax(logits); ids of the likeliest tokens under softmax(logits), and their log-probabilities.
  def choose(self, logits: Tensor, choices: List[Tensor], modes: List[int]) -> Tensor:
    memory, tokens, changes = choices
    kind, width, top, changed, allowed, forbidden, reporting = modes
    rows = logits.size(0)
    draws = torch.narrow(memory, 0, 0, 6 * rows).view([6, rows, 1]).to(logits.device)
    uniform, temperature, greedy, top_k, top_p, min_p = torch.unbind(draws)
    open = logits
    if changed + allowed + forbidden > 0:
      open = self.open_logits(logits, tokens, changes, allowed, forbidden)
    ids = torch.zeros([0], dtype=4, device=logits.device)
    log_p = torch.zeros_like(uniform)
    if kind < 3:
      scaled = open
      if kind > 0:
        scaled = open / temperature.to(6)
      p = torch.softmax(scaled, -1)
      if width > 0:
        p = self.cut(p, top_k, top_p, min_p, width)
      # In float64, so that a token of a large vocabulary keeps its share. Rows of NaN find nothing: the last id stands in.
      below = torch.cumsum(p, -1, dtype=7)
      total = torch.narrow(below, 1, p.size(1) - 1, 1)
      ids = torch.searchsorted(below, uniform * total, right=True).clamp_max_(p.size(1) - 1)
      log_p = torch.log(torch.gather(p, 1, ids).to(7) / total)
    if kind == 3:
      ids = torch.argmax(open, -1, True)
    if kind == 2:
      ids = torch.where(greedy > 0, torch.argmax(open, -1, True), ids)
      log_p = torch.where(greedy > 0, torch.zeros_like(log_p), log_p)
    raw = log_p
    if kind > 0:
      raw = torch.gather(torch.log_softmax(logits, -1), 1, ids).to(7)
    chosen = torch.cat([ids.to(7), log_p, raw], 1).t()
    if top > 0:
      told = torch.narrow(torch.select(tokens, 1, 0), 0, tokens.size(0) - reporting, reporting)
      chosen = torch.cat([chosen, self.likeliest(logits, told, top)])
    return chosen.contiguous()

  # Logits [N, V] as the choice sees them: changed, and -inf where no token can be chosen.
  def open_logits(self, logits: Tensor, tokens: Tensor, changes: Tensor, allowed: int, forbidden: int) -> Tensor:
    open = logits
    changed = changes.size(0)
    if changed > 0:
      at = self.places(tokens, 0, changed)
      open = open.index_put(at, self.changed_logits(torch.index(open, at), changes))
    if allowed > 0:
      at = self.places(tokens, changed, allowed)
      row = torch.narrow(torch.select(tokens, 1, 0), 0, changed, allowed)
      confined = torch.zeros([open.size(0), 1], dtype=11, device=open.device).index_fill_(0, row, 1)
      open = open.masked_fill(confined, -inf).index_put_(at, torch.index(open, at))
    if forbidden > 0:
      nothing = torch.full([1], -inf, device=open.device)
      open = open.index_put(self.places(tokens, changed + allowed, forbidden), nothing)
    return open

  # Some rows and ids of tokens, as an index of logits.
  def places(self, tokens: Tensor, start: int, count: int) -> List[Optional[Tensor]]:
    row, column = torch.unbind(torch.narrow(tokens, 0, start, count), 1)
    return annotate(List[Optional[Tensor]], [row, column])

  # Logits [A] after their changes [A, 3] float64: a bias that is added, then the repetition penalty (Keskar et al. 2019),
  # then what frequency and presence subtract. A penalty may be so large that float32 cannot hold its result.
  def changed_logits(self, logits: Tensor, changes: Tensor) -> Tensor:
    bias, repetition, subtracted = torch.unbind(changes, 1)
    z = logits.to(7) + bias
    z = torch.where(z > 0, z / repetition, z * repetition) - subtracted
    return z.clamp_(-1e30, 1e30).to(6)

  # The likeliest tokens of some rows of logits [N, V], [2 n, N] float64: ids, then their log-probabilities under
  # softmax(logits); 0 in the other rows.
  def likeliest(self, logits: Tensor, rows: Tensor, n: int) -> Tensor:
    log_p, ids = torch.topk(torch.log_softmax(torch.index_select(logits, 0, rows), -1), n, -1)
    reports = torch.cat([ids.to(7), log_p.to(7)], 1).t()
    return torch.zeros([2 * n, logits.size(0)], dtype=7, device=logits.device).index_copy_(1, rows, reports)

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
