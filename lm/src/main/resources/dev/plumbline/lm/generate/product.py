  # Products with a weight [inputs, outputs] of float32 or bfloat16, as it is or packed by oneDNN, and a bias [outputs], empty if
  # there is none. Inputs, biases and results are float32.
  def product(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    y = x
    addend = bias
    if weight.dtype != x.dtype:
      y = y.to(weight.dtype)
      addend = bias.to(weight.dtype)
    if weight.is_mkldnn:
      optional = annotate(Optional[Tensor], None)
      if bias.numel() > 0:
        optional = addend
      y = ops.mkldnn._linear_pointwise(y, weight, optional, "none", annotate(List[Optional[number]], []), "")
    elif bias.numel() > 0:
      y = torch.addmm(addend, y, weight)
    else:
      y = torch.mm(y, weight)
    return y.to(x.dtype)

  def product_added(self, residual: Tensor, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    if weight.dtype != x.dtype:
      y = torch.add(residual, self.product(x, weight, bias))
    elif weight.is_mkldnn:
      addend = annotate(Optional[Tensor], None)
      if bias.numel() > 0:
        addend = bias
      y = ops.mkldnn._linear_pointwise(x, residual, weight, addend, "add")
    else:
      y = torch.addmm(residual, x, weight)
      if bias.numel() > 0:
        y.add_(bias)
    return y

  # Products with weights of one shape by turns, to time them; the results are added up lest they be dropped.
  def repeat_product(self, x: Tensor, weights: List[Tensor], bias: Tensor, times: int) -> Tensor:
    y = self.product(x, weights[0], bias)
    for i in range(1, times):
      y = y.add_(self.product(x, weights[i % len(weights)], bias))
    return y
