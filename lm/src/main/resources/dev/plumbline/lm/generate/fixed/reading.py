  # Consecutive tokens of one sequence in a slot, in blocks of 32 that are filled up, over the same blocks of positions as running
  # sequences read.
  def reading(self, q: Tensor, seen: Tensor, arena: Tensor, layer: int, geometry: List[int], slot: int,
              reached: int) -> Tensor:
    heads, kv_heads, d = self.attention_shape()
    reads = annotate(List[int], [])
    start = 0
    for l in range(len(geometry) // 3):
      base, side, length = geometry[3 * l:3 * l + 3]
      at = 0
      while at < length and start < reached:
        width = min(BLOCK, length - at)
        reads = reads + [base + slot * kv_heads * length + at, side, length, 1, width]
        at = at + width
        start = start + width
    everyone = seen
    if seen.numel() == 0:
      everyone = self.mask(torch.arange(q.size(0), device=q.device), reached, 0)
    found = annotate(List[Tensor], [])
    for i in range((q.size(0) + 31) // 32):
      n = min(32, q.size(0) - 32 * i)
      part = torch.constant_pad_nd(torch.narrow(q, 0, 32 * i, n), [0, 0, 0, 32 - n])
      hidden = torch.constant_pad_nd(torch.narrow(everyone, 0, 32 * i, n), [0, 0, 0, 32 - n])
      queries = part.view([32, kv_heads, -1, d]).permute([1, 2, 0, 3]).reshape([kv_heads, -1, d])
      a = self.mixed(queries, hidden.repeat([heads, 1]).unsqueeze(0), arena, layer, reads)
      found.append(torch.narrow(a.view([heads, 32, d]).transpose(0, 1).reshape([32, heads * d]), 0, 0, n))
    return torch.cat(found)
