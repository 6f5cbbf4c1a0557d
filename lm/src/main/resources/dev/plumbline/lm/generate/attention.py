  # Attention of a step over the levels of the cache, float32 or bfloat16; see step.py for what the arguments mean.

  # Added to the scores [n, S] of tokens at these positions: 0 where they look, -inf in the future and before the window.
  def mask(self, positions: Tensor, span: int, window: int) -> Tensor:
    at = torch.arange(span, device=positions.device)
    last = positions.unsqueeze(1)
    hidden = at > last
    if window > 0:
      hidden = hidden.logical_or(at <= last - window)
    return torch.zeros([positions.numel(), span], device=positions.device).masked_fill_(hidden, -inf)

  # The mask of the running sequences, then one of each that is read; an empty one if each of its tokens looks at all up to itself
  # and there are no others.
  def masks(self, positions: Tensor, rows: int, reads: List[int], segments: List[int], window: int) -> List[Tensor]:
    span = 0
    for r in range(len(reads) // 5):
      span = span + reads[5 * r + 4]
    found = annotate(List[Tensor], [self.mask(torch.narrow(positions, 0, 0, rows), span, window)])
    for s in range(len(segments) // 4):
      first, count, slot, reached = segments[4 * s:4 * s + 4]
      hidden = torch.zeros([0])
      if reached > count or (window > 0 and reached > window):
        hidden = self.mask(torch.narrow(positions, 0, first, count), reached, window)
      found.append(hidden)
    return found

  # q [N, H D] to what is attended to, [N, H D].
  def attention(self, q: Tensor, seen: List[Tensor], arena: Tensor, layer: int, geometry: List[int], rows: int,
                reads: List[int], segments: List[int]) -> Tensor:
    found = annotate(List[Tensor], [])
    if rows > 0:
      found.append(self.running(torch.narrow(q, 0, 0, rows), seen[0], arena, layer, reads))
    for s in range(len(segments) // 4):
      first, count, slot, reached = segments[4 * s:4 * s + 4]
      part = torch.narrow(q, 0, first, count)
      found.append(self.reading(part, seen[1 + s], arena, layer, geometry, slot, reached))
    a = found[0]
    if len(found) > 1:
      a = torch.cat(found, 0)
    return a

  # One query for each running sequence, whose slots follow each other.
  def running(self, q: Tensor, seen: Tensor, arena: Tensor, layer: int, reads: List[int]) -> Tensor:
    heads, kv_heads, d = self.attention_shape()
    queries = q.reshape([q.size(0) * kv_heads, heads // kv_heads, d])
    return self.mixed(queries, seen.unsqueeze(1), arena, layer, reads).view([q.size(0), heads * d])

  # Queries [R J, Q, D] of R slots that follow each other, seen [R, 1 or J Q, S], to [R J, Q, D]. What is read lies without a gap and so comes as
  # fast as the memory gives it; a sequence that does not reach so far is masked. The heads of a group are rows of one product.
  def mixed(self, queries: Tensor, seen: Tensor, arena: Tensor, layer: int, reads: List[int]) -> Tensor:
    heads, kv_heads, d = self.attention_shape()
    rows = seen.size(0)
    halved = arena.dtype != queries.dtype
    if halved:
      queries = queries.to(arena.dtype)
    parts = annotate(List[Tensor], [])
    for r in range(len(reads) // 5):
      base, side, length, slots, width = reads[5 * r:5 * r + 5]
      k = torch.as_strided(arena, [slots * kv_heads, d, width], [length * d, 1, d], (base + 2 * layer * side) * d)
      part = torch.bmm(torch.narrow(queries, 0, 0, slots * kv_heads), k)
      if slots < rows:
        part = torch.constant_pad_nd(part, [0, 0, 0, 0, 0, (rows - slots) * kv_heads])
      parts.append(part)
    scores = parts[0]
    if len(parts) > 1:
      scores = torch.cat(parts, 2)
    scores = torch.add(seen, scores.view([rows, -1, scores.size(2)]), alpha=d ** -0.5)
    p = torch.softmax(scores, -1).view([rows * kv_heads, -1, scores.size(2)])
    if halved:
      p = p.to(arena.dtype)
    base, side, length, slots, width = reads[0:5]
    at = width
    v = torch.as_strided(arena, [slots * kv_heads, width, d], [length * d, d, 1], (base + (2 * layer + 1) * side) * d)
    a = torch.bmm(torch.narrow(p, 2, 0, width), v)
    for r in range(1, len(reads) // 5):
      base, side, length, slots, width = reads[5 * r:5 * r + 5]
      n = slots * kv_heads
      v = torch.as_strided(arena, [n, width, d], [length * d, d, 1], (base + (2 * layer + 1) * side) * d)
      torch.narrow(a, 0, 0, n).baddbmm_(torch.narrow(torch.narrow(p, 0, 0, n), 2, at, width), v)
      at = at + width
    if halved:
      a = a.to(seen.dtype)
    return a
