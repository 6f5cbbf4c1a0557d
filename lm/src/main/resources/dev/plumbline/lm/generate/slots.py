  # Uninitialised numbers where another tensor is.
  def vectors(self, like: Tensor, shape: List[int], dtype: int) -> Tensor:
    return torch.empty(shape, dtype=dtype, device=like.device)

  # Whole slots of one level [layers, 2, slots, J, length, D].
  def level(self, arena: Tensor, layers: int, base: int, side: int, length: int) -> Tensor:
    heads, kv_heads, d = self.attention_shape()
    vectors = torch.narrow(arena, 0, base, 2 * layers * side)
    return vectors.view([layers, 2, -1, kv_heads, length, d])

  # Copies the first positions of a slot into another one.
  def copy_slot(self, arena: Tensor, layers: int, base: int, side: int, length: int, source: int, to: int,
                positions: int) -> Tensor:
    used = torch.narrow(self.level(arena, layers, base, side, length), 4, 0, positions)
    return torch.select(used, 2, to).copy_(torch.select(used, 2, source))

  # Zeros everywhere: even hidden numbers spoil a sum if they are not finite.
  def clear(self, arena: Tensor) -> Tensor:
    return arena.zero_()

  def clear_slot(self, arena: Tensor, layers: int, base: int, side: int, length: int, slot: int) -> Tensor:
    return torch.narrow(self.level(arena, layers, base, side, length), 2, slot, 1).zero_()

  # n blocks of B positions each of a slot, from a position of the level on, as [n, layers, 2, J, B, D].
  def blocks(self, arena: Tensor, layers: int, base: int, side: int, length: int, slot: int, first: int, n: int,
             block: int) -> Tensor:
    whole = torch.select(self.level(arena, layers, base, side, length), 2, slot)
    part = torch.narrow(whole, 3, first, n * block)
    heads, kv_heads, d = self.attention_shape()
    return part.view([layers, 2, kv_heads, n, block, d]).permute([3, 0, 1, 2, 4, 5])

  # Copies blocks of the pool [blocks, layers, 2, J, B, D] into a slot.
  def load_blocks(self, arena: Tensor, layers: int, base: int, side: int, length: int, slot: int, first: int,
                  pool: Tensor, places: Tensor) -> Tensor:
    to = self.blocks(arena, layers, base, side, length, slot, first, places.numel(), pool.size(4))
    return to.copy_(torch.index_select(pool, 0, places))

  def store_blocks(self, arena: Tensor, layers: int, base: int, side: int, length: int, slot: int, first: int,
                   pool: Tensor, places: Tensor) -> Tensor:
    block = self.blocks(arena, layers, base, side, length, slot, first, places.numel(), pool.size(4))
    return pool.index_copy_(0, places, block)
