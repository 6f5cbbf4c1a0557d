  # As product.py, in blocks of 8 rows, the last one filled up with zeros: kernels go by the number of rows, and add in another
  # order for another number. Biases are added afterwards, number by number.
  def product(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    n = x.size(0)
    rows = x.to(weight.dtype).contiguous()
    if n % 8 > 0:
      rows = torch.constant_pad_nd(rows, [0, 0, 0, 8 - n % 8])
    blocks = annotate(List[Tensor], [])
    for block in torch.split(rows, 8):
      if weight.is_mkldnn:
        none = annotate(Optional[Tensor], None)
        blocks.append(ops.mkldnn._linear_pointwise(block, weight, none, "none", annotate(List[Optional[number]], []), ""))
      else:
        blocks.append(torch.mm(block, weight))
    y = blocks[0]
    if len(blocks) > 1:
      y = torch.cat(blocks)
    y = torch.narrow(y, 0, 0, n).to(x.dtype)
    if bias.numel() > 0:
      y.add_(bias)
    return y

  def product_added(self, residual: Tensor, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return self.product(x, weight, bias).add_(residual)
