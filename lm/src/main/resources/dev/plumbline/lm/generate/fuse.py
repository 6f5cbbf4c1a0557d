  # Maps with the same input, weights [outputs, inputs] each, as one of [inputs, outputs], with the input's scale [inputs]
  # multiplied in. Lies in memory as [outputs, inputs], which is what packing reads.
  def fuse(self, weights: List[Tensor], scale: Tensor) -> Tensor:
    return torch.cat(weights, 0).mul_(scale).t()

  # A weight as products read it, which for one that is not packed is row by row.
  def laid_out(self, weight: Tensor) -> Tensor:
    if weight.is_mkldnn:
      return weight
    return weight.contiguous()

  def copied(self, weight: Tensor) -> Tensor:
    return torch.clone(weight, memory_format=0)

  def join(self, biases: List[Tensor]) -> Tensor:
    return torch.cat(biases, 0)

  # The bias of a map [outputs, inputs] whose input is x + shift, if that of x is `bias`.
  def shifted(self, bias: Tensor, weight: Tensor, shift: Tensor) -> Tensor:
    return bias + torch.mv(weight, shift)

  # Rows of heads [H D, ...] with the two halves of each head interleaved, so that the pair (i, i + D / 2) that is rotated
  # together becomes the complex number i.
  def interleave(self, weight: Tensor, d: int) -> Tensor:
    return weight.reshape([-1, 2, d // 2, weight.numel() // weight.size(0)]).transpose(1, 2).reshape(weight.size())

  def halved(self, weight: Tensor) -> Tensor:
    return weight.to(15)

  # Whether oneDNN packs bfloat16 on this processor: on x86 it takes AVX-512.
  def packs_halved(self) -> Tensor:
    return torch.tensor(int(ops.mkldnn._is_mkldnn_bf16_supported()))

  # [outputs, inputs] packed by oneDNN, from [inputs, outputs].
  def pack(self, weight: Tensor, rows: int) -> Tensor:
    return ops.mkldnn._reorder_linear_weight(weight.t().contiguous(), rows)

  # e^(i position frequency) for all positions below `capacity`, [capacity, frequencies]. In float32 as transformers does.
  def rotation(self, frequencies: Tensor, capacity: int) -> Tensor:
    angles = torch.outer(torch.arange(capacity, dtype=6, device=frequencies.device), frequencies)
    return torch.polar(torch.ones_like(angles), angles)
