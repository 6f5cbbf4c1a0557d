  # One step of a decoder over the slots of its cache: one more token for each running sequence, and the next tokens of
  # sequences that are still read. N tokens, R sequences that run, C hidden size, H heads, J key-value heads, G = H / J, D head
  # width, V vocabulary, S span: how many positions of the slots are attended to.
  #
  # tokens       [5 N] and more, on the host: for each token its id, position, and the cell of its first key in the first layer, the
  #              stride from head to head and that from keys to values; the R running sequences' first
  # arena        vectors of D numbers, float32 or bfloat16; a level of it is [layers, 2, slots, J, length, D], of keys and values
  # embeddings   [V, C], and [positions, C] where positions are learned
  # rotation     [capacity, D / 2] complex, e^(i position frequency); empty where positions are learned
  # layers       nine tensors each: input map to queries, keys and values and its bias, norms of the heads [H + J, D],
  #              output map and bias, feed-forward input and bias, feed-forward output and bias; empty where there is none
  # head         map to the logits and its bias
  # floors       for norm(): of the hidden size, of the head width
  # counts       N, R, how many of the tokens are followed by another, how many are drawn, and 1 if what follows the
  #              tokens of a prompt is reported, else 0
  # geometry     of each level the first vector, the stride from keys to values in vectors, and the length
  # reads        of each level that running sequences reach into the same three, but the first vector is that of the first running
  #              sequence's slot; how many slots of it and how many positions
  # segments     of each sequence that is read its first token in `tokens`, how many, its slot, and how far it is read then
  #
  # Maps are [inputs, outputs], or packed by oneDNN. The weights of the norms before them are multiplied into them.

  # What choose() returns for the drawn tokens, and, if prompts are reported, the residual stream [N, C] after the last layer.
  # followed: on the host, which tokens are followed by another, then which of these each draw follows; not looked at if each
  # of the N is followed by one draw. choices and modes are choose()'s.
  def step(self, tokens: Tensor, followed: Tensor, arena: Tensor, embeddings: List[Tensor], rotation: Tensor,
           layers: List[Tensor], head: List[Tensor], floors: List[Tensor], geometry: List[int], counts: List[int],
           reads: List[int], segments: List[int], choices: List[Tensor], modes: List[int]) -> List[Tensor]:
    n, rows, picked, drawn, reported = counts
    inputs = torch.narrow(tokens, 0, 0, 5 * n).view([n, 5]).to(arena.device)
    followers = torch.narrow(followed, 0, 0, picked).to(arena.device)
    wanted = torch.zeros([0], dtype=4, device=arena.device)
    if reported == 0 and picked < n:
      wanted = followers
      if picked == 0:
        # Any: nobody looks at what comes of it.
        wanted = torch.zeros([1], dtype=4, device=arena.device)
    x = self.trunk(inputs, wanted, arena, embeddings, rotation, layers, floors, geometry, rows, reads, segments)
    chosen = torch.zeros([0], dtype=7)
    if drawn > 0:
      last = x
      if reported > 0:
        last = torch.index_select(x, 0, followers)
      logits = self.product(self.norm(last, floors[0]), head[0], head[1])
      if picked < n or drawn > picked:
        logits = torch.index_select(logits, 0, torch.narrow(followed, 0, picked, drawn).to(arena.device))
      chosen = self.drawn(logits, choices, modes)
    return [chosen, x]

  # What choose() returns; of several groups of equally many rows, each computed apart, one result after the other.
  def drawn(self, logits: Tensor, choices: List[Tensor], modes: List[int]) -> Tensor:
    groups = len(modes) // 7
    if groups == 1:
      return self.choose(logits, choices, modes)
    found = annotate(List[Tensor], [])
    rows = logits.size(0) // groups
    for g in range(groups):
      group = torch.narrow(logits, 0, rows * g, rows)
      found.append(self.choose(group, choices[3 * g:3 * g + 3], modes[7 * g:7 * g + 7]).view([-1]))
    return torch.cat(found)

  # The residual stream after the last layer, of all tokens [N, C] or, unless `wanted` is empty, of some. Others serve the last
  # layer by their keys and values alone. Writes keys and values into the arena.
  def trunk(self, inputs: Tensor, wanted: Tensor, arena: Tensor, embeddings: List[Tensor], rotation: Tensor, layers: List[Tensor],
            floors: List[Tensor], geometry: List[int], rows: int, reads: List[int], segments: List[int]) -> Tensor:
    heads, kv_heads, d = self.attention_shape()
    ids, positions, cells, head_stride, side_stride = torch.unbind(inputs, 1)
    n = ids.numel()
    x = torch.embedding(embeddings[0], ids)
    if len(embeddings) > 1:
      x.add_(torch.embedding(embeddings[1], positions))
    turn = rotation
    if rotation.numel() > 0:
      turn = torch.index_select(rotation, 0, positions).unsqueeze(1)
    windows = self.windows()
    all_seen = self.masks(positions, rows, reads, segments, 0)
    window_seen = all_seen
    if max(windows) > 0:
      window_seen = self.masks(positions, rows, reads, segments, max(windows))
    keys = cells.unsqueeze(1) + head_stride.unsqueeze(1) * torch.arange(kv_heads, device=arena.device)
    sides = side_stride.unsqueeze(1)
    both = torch.cat([keys, keys + sides], 1)
    for i in range(len(layers) // 9):
      in_map, in_bias, head_norm, out_map, out_bias, up_map, up_bias, down_map, down_bias = layers[9 * i:9 * i + 9]
      qkv = self.product(self.norm(x, floors[0]), in_map, in_bias)
      qk = torch.narrow(qkv, 1, 0, (heads + kv_heads) * d).view([n, heads + kv_heads, d])
      if head_norm.numel() > 0:
        qk.copy_(self.norm(qk, floors[1]).mul_(head_norm))
      if rotation.numel() > 0:
        torch.view_as_complex(qk.view([n, heads + kv_heads, d // 2, 2])).mul_(turn)
      kv = torch.narrow(qkv, 1, heads * d, 2 * kv_heads * d).view([n, 2 * kv_heads, d])
      if arena.dtype != kv.dtype:
        kv = kv.to(arena.dtype)
      arena.index_put_(annotate(List[Optional[Tensor]], [torch.add(both, sides, alpha=2 * i)]), kv)
      seen = all_seen
      if windows[i] > 0:
        seen = window_seen
      a = self.attention(torch.narrow(qkv, 1, 0, heads * d), seen, arena, i, geometry, rows, reads, segments)
      if i == len(layers) // 9 - 1 and wanted.numel() > 0:
        x = torch.index_select(x, 0, wanted)
        a = torch.index_select(a, 0, wanted)
      x = self.product_added(x, a, out_map, out_bias)
      h = self.activated(self.product(self.norm(x, floors[0]), up_map, up_bias))
      x = self.product_added(x, h, down_map, down_bias)
    return x
