  # One step of a decoder over the slots of its cache. N tokens, C hidden size, H heads, J key-value heads, G = H / J,
  # D head width, V vocabulary, S span: how many positions of the slots are attended to.
  #
  # cache        [layers, slots, 2 J, capacity, D]: the keys of all heads, then the values
  # embeddings   [V, C], and [positions, C] where positions are learned
  # rotation     [capacity, D / 2] complex, e^(i position frequency); empty where positions are learned
  # layers       nine tensors each: input map to queries, keys and values and its bias, norms of the heads [H + J, D],
  #              output map and bias, feed-forward input and bias, feed-forward output and bias; empty where there is none
  # head         map to the logits and its bias
  # floors       for norm(): of the hidden size, of the head width
  #
  # Maps are [inputs, outputs], or packed by oneDNN. The weights of the norms before them are multiplied into them.

  # Added to the scores [N, S] of tokens at these positions: 0 where they look, -inf in the future and before the window.
  def mask(self, positions: Tensor, span: int, window: int) -> Tensor:
    at = torch.arange(span, device=positions.device)
    last = positions.unsqueeze(1)
    hidden = at > last
    if window > 0:
      hidden = hidden.logical_or(at <= last - window)
    return torch.zeros([positions.numel(), span], device=positions.device).masked_fill_(hidden, -inf)

  # The residual stream [N, C] after the last layer, for N / sequences consecutive tokens of each of the sequences in the
  # slots from `first` on. tokens [3, N]: ids, positions, slots. Writes their keys and values into the cache.
  def trunk(self, tokens: Tensor, cache: Tensor, embeddings: List[Tensor], rotation: Tensor, layers: List[Tensor],
            floors: List[Tensor], first: int, sequences: int, span: int) -> Tensor:
    n_layers, n_slots, planes, capacity, d = cache.size()
    kv_heads = planes // 2
    ids, positions, slots = torch.unbind(tokens)
    n = ids.numel()
    t = n // sequences
    x = torch.embedding(embeddings[0], ids)
    if len(embeddings) > 1:
      x.add_(torch.embedding(embeddings[1], positions))
    turn = rotation
    if rotation.numel() > 0:
      turn = torch.index_select(rotation, 0, positions).unsqueeze(1)
    windows = self.windows()
    all_seen = self.mask(positions, span, 0)
    window_seen = all_seen
    if max(windows) > 0:
      window_seen = self.mask(positions, span, max(windows))
    plane = slots.unsqueeze(1) * planes + torch.arange(planes, device=slots.device)
    cells = plane * capacity + positions.unsqueeze(1)
    rows = cache.view([n_layers, n_slots * planes * capacity, d])
    slot_size = planes * capacity * d
    for i in range(n_layers):
      in_map, in_bias, head_norm, out_map, out_bias, up_map, up_bias, down_map, down_bias = layers[9 * i:9 * i + 9]
      qkv = self.product(self.norm(x, floors[0]), in_map, in_bias)
      heads = qkv.size(1) // d - planes
      group = heads // kv_heads
      qk = torch.narrow(qkv, 1, 0, (heads + kv_heads) * d).view([n, heads + kv_heads, d])
      if head_norm.numel() > 0:
        qk.copy_(self.norm(qk, floors[1]).mul_(head_norm))
      if rotation.numel() > 0:
        torch.view_as_complex(qk.view([n, heads + kv_heads, d // 2, 2])).mul_(turn)
      kv = torch.narrow(qkv, 1, heads * d, planes * d).view([n, planes, d])
      rows[i].index_put_(annotate(List[Optional[Tensor]], [cells]), kv)
      shape = [sequences, kv_heads, span, d]
      strides = [slot_size, capacity * d, d, 1]
      start = (i * n_slots + first) * slot_size
      k = torch.as_strided(cache, shape, strides, start)
      v = torch.as_strided(cache, shape, strides, start + kv_heads * capacity * d)
      seen = all_seen
      if windows[i] > 0:
        seen = window_seen
      # The heads of a group read the same keys, so they are further rows of one query.
      q = torch.narrow(qkv, 1, 0, heads * d)
      if t == 1:
        q = q.view([n, kv_heads, group, d])
        seen = seen.view([n, 1, 1, span])
        a = torch.scaled_dot_product_attention(q, k, v, seen).reshape([n, heads * d])
      else:
        q = q.view([sequences, t, kv_heads, group, d]).permute([0, 2, 3, 1, 4]).reshape([sequences, kv_heads, -1, d])
        seen = seen.view([sequences, 1, t, span]).repeat([1, 1, group, 1])
        a = torch.scaled_dot_product_attention(q, k, v, seen).view([sequences, kv_heads, group, t, d])
        a = a.permute([0, 3, 1, 2, 4]).reshape([n, heads * d])
      x = self.product_added(x, a, out_map, out_bias)
      h = self.activated(self.product(self.norm(x, floors[0]), up_map, up_bias))
      x = self.product_added(x, h, down_map, down_bias)
    return x

  # One more token of the sequences in the first `rows` slots: what choose() returns. tokens as the host's memory holds
  # them: their first 3 * rows numbers are meant. choices and modes are choose()'s.
  def decode(self, tokens: Tensor, cache: Tensor, embeddings: List[Tensor], rotation: Tensor, layers: List[Tensor],
             head: List[Tensor], floors: List[Tensor], rows: int, span: int, choices: List[Tensor],
             modes: List[int]) -> Tensor:
    inputs = self.rows_of(tokens, 3, rows, cache)
    x = self.trunk(inputs, cache, embeddings, rotation, layers, floors, 0, rows, span)
    logits = self.product(self.norm(x, floors[0]), head[0], head[1])
    return self.choose(logits, choices, modes)

  # The next `count` tokens of the sequence in a slot, and the token after them once for each of the `rows` draws: what
  # choose() returns, and what trunk() did.
  def extend(self, tokens: Tensor, cache: Tensor, embeddings: List[Tensor], rotation: Tensor, layers: List[Tensor],
             head: List[Tensor], floors: List[Tensor], slot: int, count: int, rows: int, span: int,
             choices: List[Tensor], modes: List[int]) -> List[Tensor]:
    inputs = self.rows_of(tokens, 3, count, cache)
    x = self.trunk(inputs, cache, embeddings, rotation, layers, floors, slot, 1, span)
    last = torch.narrow(x, 0, count - 1, 1)
    logits = self.product(self.norm(last, floors[0]), head[0], head[1]).expand([rows, -1]).contiguous()
    return [self.choose(logits, choices, modes), x]

  def rows_of(self, numbers: Tensor, kinds: int, rows: int, cache: Tensor) -> Tensor:
    return torch.narrow(numbers, 0, 0, kinds * rows).view([kinds, rows]).to(cache.device)

  # Copies the first positions of a slot into `count` slots from `to` on.
  def copy_slot(self, cache: Tensor, source: int, to: int, count: int, positions: int) -> Tensor:
    used = torch.narrow(cache, 3, 0, positions)
    return torch.narrow(used, 1, to, count).copy_(torch.narrow(used, 1, source, 1))

  def clear_slot(self, cache: Tensor, slot: int) -> Tensor:
    return torch.narrow(cache, 1, slot, 1).zero_()
