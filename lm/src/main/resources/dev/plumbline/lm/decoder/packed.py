  # Attention of sequences that are packed: all tokens of a batch side by side, none of them padding, and a beginning that
  # several sequences share there once. N tokens, H heads and J key-value heads of width D. For attention alone they are
  # laid out in two rectangles, padded on the right:
  #
  # roots     [G, P]: which token stands there; beginnings, which see themselves only
  # lengths   [G]: how many of a root's P places are used
  # branches  [A, L]: which token stands there; continuations, which see their root's tokens first. May be empty.
  # root_of   [A]: the root that a branch continues
  # back      [N]: where a token stands, counted through the roots and then the branches. Empty if the tokens as they lie
  #           side by side are the roots, row by row, so that nothing has to move.

  # Added to the scores of branches, [A, 1, L, P + L]: 0 for the tokens that a place sees, -inf for others. It sees those up
  # to itself, the last `window` of them if window > 0. Unused places of a root lie in everyone's future.
  def branch_mask(self, roots: Tensor, lengths: Tensor, branches: Tensor, root_of: Tensor, window: int) -> Tensor:
    start = torch.index_select(lengths, 0, root_of).unsqueeze(1)
    root_at = torch.arange(roots.size(1), device=roots.device).unsqueeze(0)
    never = roots.size(1) + branches.size(1)
    before = torch.where(root_at < start, root_at, torch.full_like(root_at, never))
    own = start + torch.arange(branches.size(1), device=roots.device)
    key = torch.cat([before, own], 1).unsqueeze(1)
    query = own.unsqueeze(2)
    hidden = key > query
    if window > 0:
      hidden = hidden.logical_or(key <= query - window)
    return torch.zeros(hidden.size(), device=roots.device).masked_fill_(hidden, -inf).unsqueeze(1)

  # x [1, N, heads, D] in a rectangle: [rows, columns, heads, D].
  def laid_out(self, x: Tensor, places: Tensor) -> Tensor:
    chosen = torch.index_select(x.squeeze(0), 0, places.view([-1]))
    return chosen.view([places.size(0), places.size(1), x.size(2), x.size(3)])

  # query [1, N, H, D], key and value [1, N, J, D] to [1, N, H * D]; each key head is read by `times` = H / J query heads.
  def attend_packed(self, query: Tensor, key: Tensor, value: Tensor, times: int, window: int, roots: Tensor,
                    branches: Tensor, root_of: Tensor, back: Tensor, mask: Tensor) -> Tensor:
    if back.numel() == 0:
      size = [roots.size(0), roots.size(1), -1, query.size(3)]
      mixed = self.attend(query.view(size), self.repeat_heads(key.view(size), times),
                          self.repeat_heads(value.view(size), times), window)
      return mixed.view([1, query.size(1), -1])
    width = query.size(2) * query.size(3)
    root_key = self.laid_out(key, roots)
    root_value = self.laid_out(value, roots)
    mixed = self.attend(self.laid_out(query, roots), self.repeat_heads(root_key, times),
                        self.repeat_heads(root_value, times), window).view([-1, width])
    if branches.numel() > 0:
      q = torch.transpose(self.laid_out(query, branches), 1, 2)
      k = torch.cat([torch.index_select(root_key, 0, root_of), self.laid_out(key, branches)], 1)
      v = torch.cat([torch.index_select(root_value, 0, root_of), self.laid_out(value, branches)], 1)
      k = torch.transpose(self.repeat_heads(k, times), 1, 2)
      v = torch.transpose(self.repeat_heads(v, times), 1, 2)
      branch = torch.scaled_dot_product_attention(q, k, v, mask, 0.0, False)
      mixed = torch.cat([mixed, torch.transpose(branch, 1, 2).reshape([-1, width])], 0)
    return torch.index_select(mixed, 0, back).unsqueeze(0)
