  # Parts of a decode step on their own, to be timed. The sums keep what is computed from being dropped.

  # All matrix products of a step.
  def all_products(self, embeddings: List[Tensor], layers: List[Tensor], head: List[Tensor], rows: int,
                   query_width: int) -> Tensor:
    x = torch.ones([rows, embeddings[0].size(1)], device=embeddings[0].device)
    inner = self.activated(self.product(x, layers[5], layers[6]))
    for i in range(len(layers) // 9):
      in_map, in_bias, head_norm, out_map, out_bias, up_map, up_bias, down_map, down_bias = layers[9 * i:9 * i + 9]
      qkv = self.product(x, in_map, in_bias)
      x = self.product_added(x, torch.narrow(qkv, 1, 0, query_width), out_map, out_bias)
      up = self.product(x, up_map, up_bias)
      x = self.product_added(x, torch.narrow(up, 1, 0, inner.size(1)), down_map, down_bias)
    return self.product(x, head[0], head[1])

  # Attention of all layers, one query per row.
  def all_attention(self, arena: Tensor, layers: int, rows: int, reads: List[int]) -> Tensor:
    heads, kv_heads, d = self.attention_shape()
    span = 0
    for r in range(len(reads) // 5):
      span = span + reads[5 * r + 4]
    q = torch.ones([rows, heads * d], device=arena.device)
    seen = torch.zeros([rows, span], device=arena.device)
    for i in range(layers):
      q = self.running(q, seen, arena, i, reads)
    return q

  # The call from Java and its answer, without anything in between.
  def nothing(self, tokens: Tensor, followed: Tensor, arena: Tensor, embeddings: List[Tensor], rotation: Tensor,
              layers: List[Tensor], head: List[Tensor], floors: List[Tensor], geometry: List[int], counts: List[int],
              reads: List[int], segments: List[int], choices: List[Tensor], modes: List[int]) -> Tensor:
    return torch.zeros([3 * counts[3]], dtype=7)
