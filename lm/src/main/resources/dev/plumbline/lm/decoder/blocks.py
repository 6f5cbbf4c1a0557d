  # The parts that decoders are made of. B sequences, T positions, H heads of width D.

  # Zhang and Sennrich 2019: x / rms(x) * weight over the last axis.
  def rms_norm(self, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    mean_square = torch.mean(torch.square(x), [-1], True)
    return x * torch.rsqrt(mean_square + epsilon) * weight

  # A bias of queries, keys and values side by side, [3 * width], of which the keys' third learns nothing.
  def keys_detached(self, bias: Tensor) -> Tensor:
    width = bias.size(0) // 3
    query = torch.narrow(bias, 0, 0, width)
    key = torch.narrow(bias, 0, width, width)
    value = torch.narrow(bias, 0, 2 * width, width)
    return torch.cat([query, torch.detach(key), value])

  # Su et al. 2021: turns the pair (x[i], x[i + D/2]) of x [B, T, H, D] by its angle; cosine and sine [.., T, 1, D/2].
  def rotate(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    half = x.size(-1) // 2
    a = torch.narrow(x, -1, 0, half)
    b = torch.narrow(x, -1, half, half)
    return torch.cat([a * cosine - b * sine, b * cosine + a * sine], -1)

  # Each key or value head [B, T, heads, D] as often as query heads read it.
  def repeat_heads(self, x: Tensor, times: int) -> Tensor:
    if times == 1:
      return x
    repeated = x.unsqueeze(3).expand([x.size(0), x.size(1), x.size(2), times, x.size(3)])
    return repeated.reshape([x.size(0), x.size(1), x.size(2) * times, x.size(3)])

  # Attention of whole sequences that start together: query, key, value [B, T, H, D] to [B, T, H * D]. A position sees
  # those up to itself, the last `window` of them if window > 0. Padding on the right needs no mask: nobody looks ahead.
  def attend(self, query: Tensor, key: Tensor, value: Tensor, window: int) -> Tensor:
    length = query.size(1)
    q = torch.transpose(query, 1, 2)
    k = torch.transpose(key, 1, 2)
    v = torch.transpose(value, 1, 2)
    if window > 0 and length > window:
      ones = torch.ones([length, length], dtype=11, device=query.device)
      seen = torch.triu(torch.tril(ones), 1 - window)
      mixed = torch.scaled_dot_product_attention(q, k, v, seen, 0.0, False)
    else:
      mixed = torch.scaled_dot_product_attention(q, k, v, None, 0.0, True)
    return torch.transpose(mixed, 1, 2).reshape([query.size(0), length, query.size(2) * query.size(3)])
