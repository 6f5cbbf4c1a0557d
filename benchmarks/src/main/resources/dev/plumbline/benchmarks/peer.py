"""Generates with transformers, as long as it is told to: one JSON object a line in, one number of seconds a line out.

Arguments: the checkpoint, threads, "float32" or "bfloat16". A line holds the prompts and how many tokens each of them gets; they are
answered in batches of the given size in their order, each batch until its longest answer is done.
"""

import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM

checkpoint, threads, dtype = sys.argv[1:4]
torch.set_num_threads(int(threads))
model = AutoModelForCausalLM.from_pretrained(
    checkpoint, torch_dtype=getattr(torch, dtype), attn_implementation="sdpa").eval()
model.generation_config.eos_token_id = None
model.generation_config.pad_token_id = 0


def generate(prompts, tokens):
    ids = torch.tensor(prompts)
    out = model.generate(
        ids, attention_mask=torch.ones_like(ids), do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
        max_new_tokens=tokens, min_new_tokens=tokens)
    if out.shape != (len(prompts), ids.shape[1] + tokens):
        raise SystemExit(f"expected {tokens} new tokens for each of {len(prompts)} prompts, got {out.shape}")


print("ready", flush=True)
with torch.inference_mode():
    for line in sys.stdin:
        work = json.loads(line)
        prompts, tokens, size = work["prompts"], work["tokens"], work["batch"]
        start = time.perf_counter()
        for at in range(0, len(prompts), size):
            generate(prompts[at:at + size], max(tokens[at:at + size]))
        print(time.perf_counter() - start, flush=True)
