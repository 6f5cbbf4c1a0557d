  # Consecutive tokens of one sequence in a slot, of which as much is in the cache as they reach. The groups of heads are the batch, so
  # that heads of one share their keys and values.
  def reading(self, q: Tensor, hidden: Tensor, arena: Tensor, layer: int, geometry: List[int], slot: int,
              reached: int) -> Tensor:
    heads, kv_heads, d = self.attention_shape()
    count = q.size(0)
    group = heads // kv_heads
    keys = annotate(List[Tensor], [])
    values = annotate(List[Tensor], [])
    start = 0
    for l in range(len(geometry) // 3):
      if start < reached:
        base, side, length = geometry[3 * l:3 * l + 3]
        width = min(length, reached - start)
        at = base + 2 * layer * side + slot * kv_heads * length
        keys.append(torch.as_strided(arena, [kv_heads, 1, width, d], [length * d, 0, d, 1], at * d))
        values.append(torch.as_strided(arena, [kv_heads, 1, width, d], [length * d, 0, d, 1], (at + side) * d))
        start = start + length
    queries = q.view([count, kv_heads, group, d]).permute([1, 2, 0, 3]).to(arena.dtype)
    k = torch.cat(keys, 2).expand([-1, group, -1, -1])
    v = torch.cat(values, 2).expand([-1, group, -1, -1])
    if hidden.numel() == 0:
      a = torch.scaled_dot_product_attention(queries, k, v, is_causal=True)
    else:
      a = torch.scaled_dot_product_attention(queries, k, v, hidden.to(arena.dtype))
    return a.permute([2, 0, 1, 3]).reshape([count, heads * d]).to(q.dtype)
