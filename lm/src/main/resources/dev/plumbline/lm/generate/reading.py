  # Consecutive tokens of one sequence in a slot, of which as much is in the cache as they reach.
  def reading(self, q: Tensor, seen: Tensor, arena: Tensor, layer: int, geometry: List[int], slot: int,
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
        keys.append(torch.as_strided(arena, [1, kv_heads, width, d], [0, length * d, d, 1], at * d))
        values.append(torch.as_strided(arena, [1, kv_heads, width, d], [0, length * d, d, 1], (at + side) * d))
        start = start + length
    queries = q.view([1, count, kv_heads, group, d]).permute([0, 2, 3, 1, 4]).reshape([1, kv_heads, -1, d])
    hidden = seen.view([1, 1, count, reached]).repeat([1, 1, group, 1])
    a = torch.scaled_dot_product_attention(queries, torch.cat(keys, 2), torch.cat(values, 2), hidden)
    return a.view([kv_heads, group, count, d]).permute([2, 0, 1, 3]).reshape([count, heads * d])
