  # Whole slots of one level [layers, 2, slots, J, length, D].
  def level(self, arena: Tensor, layers: int, base: int, side: int, length: int) -> Tensor:
    heads, kv_heads, d = self.attention_shape()
    vectors = torch.narrow(arena, 0, base, 2 * layers * side)
    return vectors.view([layers, 2, -1, kv_heads, length, d])

  # Copies the first positions of a slot into `count` slots from `to` on.
  def copy_slot(self, arena: Tensor, layers: int, base: int, side: int, length: int, source: int, to: int, count: int,
                positions: int) -> Tensor:
    used = torch.narrow(self.level(arena, layers, base, side, length), 4, 0, positions)
    return torch.narrow(used, 2, to, count).copy_(torch.narrow(used, 2, source, 1))

  def clear_slot(self, arena: Tensor, layers: int, base: int, side: int, length: int, slot: int) -> Tensor:
    return torch.narrow(self.level(arena, layers, base, side, length), 2, slot, 1).zero_()
