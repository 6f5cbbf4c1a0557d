  # Output heads with their derivatives, and the optimizer. N rows of hidden states, V tokens in the vocabulary.
  # The heads are outside of autograd, so that logits need not be kept: their derivatives are written out. Products with the
  # head are computed in its type, float32 or bfloat16, everything else in float32.

  # log softmax(hidden / temperature @ head^T): [rows, V].
  def log_softmax_rows(self, scaled: Tensor, head: Tensor, start: int, rows: int) -> Tensor:
    return torch.log_softmax(torch.linear(torch.to(torch.narrow(scaled, 0, start, rows), head.dtype), head), -1, 6)

  # Log-probabilities of the targets [N], entropies [N], then the log-softmax of the first `kept` chunks of rows.
  def causal_outputs(self, hidden: Tensor, head: Tensor, targets: Tensor, temperature: Tensor, chunk: int, kept: int) -> List[Tensor]:
    scaled = hidden / temperature
    n = hidden.size(0)
    log_probs = annotate(List[Tensor], [])
    entropies = annotate(List[Tensor], [])
    saved = annotate(List[Tensor], [])
    for i in range((n + chunk - 1) // chunk):
      start = i * chunk
      rows = min(chunk, n - start)
      log_p = self.log_softmax_rows(scaled, head, start, rows)
      target = torch.unsqueeze(torch.narrow(targets, 0, start, rows), 1)
      log_probs.append(torch.squeeze(torch.gather(log_p, 1, target), 1))
      entropies.append(torch.neg(torch.sum(torch.exp(log_p).mul_(log_p), [1])))
      if i < kept:
        saved.append(log_p)
    return [torch.cat(log_probs), torch.cat(entropies)] + saved

  # From dL/d(log-probability) [N] and, if given, dL/d(entropy) [N] to dL/d(hidden) [N, hidden]; dL/d(head) is added to
  # head_gradient, which is empty if the head is frozen. With z the logits over T, p their softmax, H its entropy, t the target:
  #   d log p_t / dz_k = [k = t] - p_k,   dH / dz_k = -p_k (log p_k + H).
  def causal_derivatives(self, outputs: List[Tensor], derivatives: List[Tensor], head: Tensor, head_gradient: List[Tensor], targets: Tensor, temperature: Tensor, chunk: int) -> Tensor:
    hidden = torch.detach(outputs[0])
    scaled = hidden / temperature
    n = hidden.size(0)
    hidden_gradient = torch.empty_like(hidden)
    for i in range((n + chunk - 1) // chunk):
      start = i * chunk
      rows = min(chunk, n - start)
      if 3 + i < len(outputs):
        log_p = outputs[3 + i]
      else:
        log_p = self.log_softmax_rows(scaled, head, start, rows)
      d_log_prob = torch.unsqueeze(torch.narrow(derivatives[0], 0, start, rows), 1)
      d_z = torch.exp(log_p)
      if len(derivatives) > 1:
        d_entropy = torch.unsqueeze(torch.narrow(derivatives[1], 0, start, rows), 1)
        entropy = torch.unsqueeze(torch.narrow(outputs[2], 0, start, rows), 1)
        d_z.mul_(torch.addcmul(d_log_prob + d_entropy * entropy, d_entropy, log_p).neg_())
      else:
        d_z.mul_(torch.neg(d_log_prob))
      target = torch.unsqueeze(torch.narrow(targets, 0, start, rows), 1)
      d_z.scatter_add_(1, target, d_log_prob)
      factor = torch.to(d_z, head.dtype)
      torch.narrow(hidden_gradient, 0, start, rows).copy_(torch.matmul(factor, head))
      for gradient in head_gradient:
        if head.dtype == gradient.dtype:
          gradient.addmm_(torch.t(factor), torch.narrow(scaled, 0, start, rows))
        else:
          gradient.add_(torch.matmul(torch.t(factor), torch.to(torch.narrow(scaled, 0, start, rows), head.dtype)))
    return hidden_gradient.div_(temperature)

  # The global L2 norm, as torch.nn.utils.clip_grad_norm_ adds it up.
  def gradient_norm(self, gradients: List[Tensor]) -> Tensor:
    return torch.linalg_vector_norm(torch.stack(torch._foreach_norm(gradients, 2)))

  def copies(self, tensors: List[Tensor]) -> List[Tensor]:
    copied = annotate(List[Tensor], [])
    for tensor in tensors:
      copied.append(torch.clone(tensor))
    return copied

  # Global L2 norm of what was added to the gradients since they were copied.
  def added_norm(self, gradients: List[Tensor], before: List[Tensor]) -> Tensor:
    torch._foreach_sub_(before, gradients)
    return self.gradient_norm(before)

  # Other tensors in the same memory.
  def views(self, w: List[Tensor]) -> List[Tensor]:
    viewed = annotate(List[Tensor], [])
    for weight in w:
      viewed.append(torch.detach(weight))
    return viewed

  # Adds up two gradients in the first, and leaves the second at zero.
  def take_over(self, gradients: List[Tensor], others: List[Tensor]) -> Tensor:
    torch._foreach_add_(gradients, others)
    torch._foreach_zero_(others)
    return gradients[0]

  # Gradients of zero for all weights, so that every later backward pass adds to memory that is there.
  def make_gradients(self, w: List[Tensor]) -> Tensor:
    zero = torch.zeros([], device=w[0].device)
    for weight in w:
      zero = zero + torch.sum(weight * 0.0)
    torch.autograd.backward([zero], annotate(List[Optional[Tensor]], [torch.ones_like(zero)]))
    return torch.detach(zero)

  # Clips as torch.nn.utils.clip_grad_norm_ if limit > 0 and the norm is finite. Returns the norm before.
  def clip(self, gradients: List[Tensor], limit: float) -> Tensor:
    norm = self.gradient_norm(gradients)
    if bool(torch.isfinite(norm)) and limit > 0.0:
      scale = float(limit / (norm + 1e-6))
      if scale < 1.0:
        torch._foreach_mul_(gradients, scale)
    return norm

  # One AdamW step, the count-th.
  def adamw(self, w: List[Tensor], gradients: List[Tensor], means: List[Tensor], squares: List[Tensor], count: Tensor, rate: float, beta1: float, beta2: float, epsilon: float, decay: float) -> Tensor:
    counts = annotate(List[Tensor], [])
    for weight in w:
      counts.append(count)
    torch._fused_adamw_(w, gradients, means, squares, annotate(List[Tensor], []), counts, lr=rate, beta1=beta1, beta2=beta2, weight_decay=decay, eps=epsilon, amsgrad=False, maximize=False)
    return count

  def advance(self, count: Tensor) -> Tensor:
    return count.add_(1)

  def zero(self, gradients: List[Tensor]) -> Tensor:
    torch._foreach_zero_(gradients)
    return gradients[0]

  # What a map's weight [outputs, inputs] becomes with its adapter: W + scale B A (Hu et al. 2021).
  def merged(self, weight: Tensor, down: Tensor, up: Tensor, scale: float) -> Tensor:
    return torch.add(weight, torch.matmul(up, down), alpha=scale)

  # The same of a weight [inputs, outputs].
  def merged_input_major(self, weight: Tensor, down: Tensor, up: Tensor, scale: float) -> Tensor:
    return torch.add(weight, torch.t(torch.matmul(up, down)), alpha=scale)

  # a + (1 - decay) (w - a) = decay a + (1 - decay) w.
  def average(self, averages: List[Tensor], w: List[Tensor], decay: float) -> List[Tensor]:
    torch._foreach_lerp_(averages, w, 1.0 - decay)
    return averages

  def assign(self, target: Tensor, source: Tensor) -> Tensor:
    return target.copy_(source)
