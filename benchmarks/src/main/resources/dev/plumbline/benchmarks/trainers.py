"""Trains as others do, and prints the seconds of each optimizer step (sft) or update (ppo), one number a line.

Arguments: "loop" (plain PyTorch) or "trl"; then a file with one JSON object: the task, the threads, the checkpoints, and token ids.
Texts of a fine-tuning batch are padded to its longest. An update of PPO generates, computes what it needs of the frozen models and
the critic, and makes one pass of mini-batches; nothing of it is written to disk.
"""

import json
import os
import sys
import time

os.environ.update(HF_HUB_OFFLINE="1", TRL_EXPERIMENTAL_SILENCE="1", TOKENIZERS_PARALLELISM="false")

import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

kind, file = sys.argv[1:3]
# What the libraries say belongs to the log.
sys.stdout, answers = sys.stderr, sys.stdout
with open(file) as text:
    work = json.load(text)
torch.set_num_threads(work["threads"])
torch.manual_seed(0)


def causal():
    model = AutoModelForCausalLM.from_pretrained(work["model"], attn_implementation="sdpa", torch_dtype=torch.float32)
    model.generation_config.eos_token_id = None
    model.generation_config.pad_token_id = 0
    return model


def scoring(directory):
    model = AutoModelForSequenceClassification.from_pretrained(
        directory, num_labels=1, attn_implementation="sdpa", torch_dtype=torch.float32)
    model.config.pad_token_id = 0
    return model


def optimizer(model, rate):
    return torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.0, fused=True)


def padded(sequences):
    longest = max(map(len, sequences))
    ids = torch.tensor([each + [0] * (longest - len(each)) for each in sequences])
    mask = torch.tensor([[1] * len(each) + [0] * (longest - len(each)) for each in sequences])
    return ids, mask


def report(start):
    print(time.perf_counter() - start, file=answers, flush=True)


def fine_tune():
    model = causal()
    model.train()
    steps = optimizer(model, 1e-5)
    for batch in work["batches"]:
        start = time.perf_counter()
        ids, mask = padded(batch)
        # Nobody looks ahead, so padding on the right needs no mask, which would only make attention slower.
        labels = ids.masked_fill(mask == 0, -100)
        model(input_ids=ids, labels=labels, use_cache=False).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        steps.step()
        steps.zero_grad()
        report(start)


def log_probs(model, ids, response):
    logits = model(input_ids=ids, use_cache=False, logits_to_keep=response + 1).logits[:, :-1]
    return torch.log_softmax(logits, -1).gather(2, ids[:, -response:].unsqueeze(2)).squeeze(2)


def values(critic, ids, response):
    hidden = critic.model(input_ids=ids, use_cache=False).last_hidden_state[:, -response - 1:-1]
    return critic.score(hidden).squeeze(2)


def score(judge, ids):
    return judge.score(judge.model(input_ids=ids, use_cache=False).last_hidden_state[:, -1]).squeeze(1)


def advantages_and_returns(rewards, old_values):
    advantage = torch.zeros(rewards.shape[0])
    all_advantages = []
    for t in reversed(range(rewards.shape[1])):
        following = old_values[:, t + 1] if t + 1 < rewards.shape[1] else 0.0
        advantage = rewards[:, t] + following - old_values[:, t] + 0.95 * advantage
        all_advantages.append(advantage)
    advantages = torch.stack(all_advantages[::-1], 1)
    returns = advantages + old_values
    return (advantages - advantages.mean()) * torch.rsqrt(advantages.var() + 1e-8), returns


def update(policy, reference, judge, critic, policy_steps, critic_steps, prompts):
    response = work["response"]
    with torch.no_grad():
        ids = policy.generate(
            prompts, attention_mask=torch.ones_like(prompts), do_sample=True, temperature=1.0, top_k=0, top_p=1.0,
            max_new_tokens=response, min_new_tokens=response)
        old = log_probs(policy, ids, response)
        rewards = -0.02 * (old - log_probs(reference, ids, response))
        rewards[:, -1] += score(judge, ids)
        old_values = values(critic, ids, response)
        advantages, returns = advantages_and_returns(rewards, old_values)
    for rows in torch.randperm(len(ids)).chunk(work["minibatches"]):
        ratio = torch.exp(log_probs(policy, ids[rows], response) - old[rows])
        gain = advantages[rows]
        torch.max(-gain * ratio, -gain * ratio.clamp(0.8, 1.2)).mean().backward()
        torch.nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
        policy_steps.step()
        policy_steps.zero_grad()
        value = values(critic, ids[rows], response)
        clipped = old_values[rows] + (value - old_values[rows]).clamp(-0.2, 0.2)
        (0.5 * torch.max((value - returns[rows]) ** 2, (clipped - returns[rows]) ** 2).mean()).backward()
        torch.nn.utils.clip_grad_norm_(critic.parameters(), 1.0)
        critic_steps.step()
        critic_steps.zero_grad()


def ppo_loop():
    policy, reference = causal(), causal().eval()
    judge, critic = scoring(work["reward"]).eval(), scoring(work["reward"])
    policy_steps, critic_steps = optimizer(policy, 1e-6), optimizer(critic, 9e-6)
    prompts = torch.tensor(work["prompts"])
    for step_prompts in prompts.split(work["episodes"]):
        start = time.perf_counter()
        update(policy, reference, judge, critic, policy_steps, critic_steps, step_prompts)
        report(start)


def ppo_trl():
    from datasets import Dataset
    from transformers import PreTrainedTokenizerFast, TrainerCallback
    from trl import PPOConfig, PPOTrainer

    class Clock(TrainerCallback):
        def on_train_begin(self, *_, **__):
            self.start = time.perf_counter()

        def on_step_end(self, *_, **__):
            report(self.start)
            self.start = time.perf_counter()

    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=os.path.join(work["model"], "tokenizer.json"), pad_token="w0", eos_token="w1", padding_side="left")
    data = Dataset.from_dict({"input_ids": work["prompts"]})
    episodes = work["episodes"]
    config = PPOConfig(
        output_dir=os.path.join(os.path.dirname(file), "trl"), use_cpu=True, bf16=False, fp16=False, report_to=[],
        disable_tqdm=True, logging_strategy="no", save_strategy="no", eval_strategy="no", num_sample_generations=0,
        per_device_train_batch_size=episodes // work["minibatches"], gradient_accumulation_steps=work["minibatches"],
        num_mini_batches=work["minibatches"], num_ppo_epochs=1, local_rollout_forward_batch_size=episodes,
        total_episodes=len(work["prompts"]), response_length=work["response"], temperature=1.0, learning_rate=1e-6,
        kl_coef=0.02, gradient_checkpointing=False, dataloader_pin_memory=False)
    PPOTrainer(
        args=config, processing_class=tokenizer, model=causal(), ref_model=causal(), reward_model=scoring(work["reward"]),
        value_model=scoring(work["reward"]), train_dataset=data, eval_dataset=data.select(range(1)),
        callbacks=[Clock()]).train()


{("loop", "sft"): fine_tune, ("loop", "ppo"): ppo_loop, ("trl", "ppo"): ppo_trl}[kind, work["task"]]()
