"""Learns the steps of a recorded run anew and prints each step's figures, one number a line; written from the papers alone.

Argument: a file with one JSON object: the run's spec as resolved, the checkpoints of policy and judge, the names of the figures, and
for each step the episodes (token ids, and whether an answer ended by itself; all answers to a prompt one after the other) with the
mini-batches that were made of them. Log-probabilities, scores, values and all that follows from them are computed here.
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

with open(sys.argv[1]) as text:
    work = json.load(text)
with open(work["spec"]) as text:
    spec = json.load(text)["ppo"]
sys.stdout, answers = sys.stderr, sys.stdout
torch.set_num_threads(work["threads"])
temperature = spec["temperature"]
beta = spec["kl"]["coefficient"]
kl_in_loss = spec["kl_placement"] == "KL_PLACEMENT_LOSS"
samples = spec["samples_per_prompt"]
longest = spec["stopping"]["max_tokens"]
estimator = spec["advantage"].removeprefix("ADVANTAGE_ESTIMATOR_")
aggregation = spec["aggregation"].removeprefix("LOSS_AGGREGATION_")


def load(kind, directory, **options):
    return kind.from_pretrained(directory, attn_implementation="eager", torch_dtype=torch.float32, **options).eval()


def scoring():
    return load(AutoModelForSequenceClassification, work["judge"], num_labels=1)


def optimizer(model, settings):
    return torch.optim.AdamW(
        model.parameters(), lr=settings["learning_rate"], betas=(settings["beta1"], settings["beta2"]),
        eps=settings["epsilon"], weight_decay=settings["weight_decay"])


def distribution(model, episode):
    """log π(· | what came before) of each token of the answer."""
    ids = torch.tensor([episode["prompt"] + episode["answer"]])
    logits = model(input_ids=ids, use_cache=False).logits[0, len(episode["prompt"]) - 1:-1]
    return torch.log_softmax(logits / temperature, -1)


def chosen(log_probs, episode):
    return log_probs.gather(1, torch.tensor(episode["answer"]).unsqueeze(1)).squeeze(1)


def numbers(model, ids):
    """The head's number at every token, with the bias of which transformers knows nothing."""
    hidden = model.model(input_ids=torch.tensor([ids]), use_cache=False).last_hidden_state[0]
    return model.score(hidden).squeeze(1) + getattr(model.config, "score_bias", 0.0)


def values(model, episode):
    """V(s_t), read before token t is chosen."""
    return numbers(model, episode["prompt"] + episode["answer"])[len(episode["prompt"]) - 1:-1]


def judged(episode):
    ids = episode["prompt"] + episode["answer"]
    end = judge.config.eos_token_id
    return numbers(judge, ids + [end] if episode["ended"] and ids[-1] != end else ids)[-1]


def score(episode):
    (component,) = spec["reward"]["components"]
    if "length" in component:
        reward = torch.tensor(float(min(0, len(episode["answer"]) - component["length"]["min_tokens"])))
    else:
        reward = judged(episode)
    if not episode["ended"]:
        reward = reward - spec["missing_eos_penalty"]
    if "overlong_buffer" in spec:
        buffer = spec["overlong_buffer"]
        beyond = max(0, len(episode["answer"]) - (longest - buffer))
        reward = reward - spec["overlong_penalty"] * beyond / buffer
    return reward


def of_worth(episodes):
    """Dynamic sampling: the answers to prompts whose answers do not all score the same, and the share of the other prompts."""
    with torch.no_grad():
        groups = [episodes[first:first + samples] for first in range(0, len(episodes), samples)]
        kept = [group for group in groups if len({score(episode).item() for episode in group}) > 1]
    share = 1 - len(kept) / len(groups)
    if spec["max_prompts_per_step"] == spec["prompts_per_step"]:
        return episodes, share
    if len(kept) != spec["prompts_per_step"]:
        raise SystemExit(f"{len(kept)} prompts of a step are left, {spec['prompts_per_step']} are to be learnt")
    return sum(kept, []), share


def pretraining_loss():
    """γ times the mean negative log-likelihood of the texts' tokens, of which a mini-batch has all."""
    losses = []
    for ids in work["texts"]:
        logits = policy(input_ids=torch.tensor([ids]), use_cache=False).logits[0, :-1]
        losses.append(torch.nn.functional.cross_entropy(logits, torch.tensor(ids[1:]), reduction="none"))
    return spec["ptx"]["coefficient"] * torch.cat(losses).mean()


def norm(gradients):
    return torch.stack([gradient.norm() for gradient in gradients]).norm().item()


def whitened(rows, mean_kept=False):
    every = torch.cat(rows)
    scale = torch.rsqrt(every.var() + 1e-8)
    return [(row - every.mean()) * scale + (every.mean() if mean_kept else 0.0) for row in rows]


def generalized(rewards, old_values):
    """Â_t = δ_t + γλ Â_{t+1}, δ_t = r_t + γV_{t+1} − V_t."""
    advantage, following, backwards = 0.0, 0.0, []
    for reward, value in zip(reversed(rewards), reversed(old_values)):
        advantage = reward + spec["discount"] * following - value + spec["discount"] * spec["gae_lambda"] * advantage
        following = value
        backwards.append(advantage)
    return torch.stack(backwards[::-1])


def to_go(rewards):
    total, backwards = 0.0, []
    for reward in reversed(rewards):
        total = reward + spec["discount"] * total
        backwards.append(total)
    return torch.stack(backwards[::-1])


def compared(rewards):
    """Advantages without a critic."""
    if estimator == "BATCH":
        returns = [to_go(row) for row in rewards]
        every = torch.cat(returns)
        return [(row - every.mean()) / every.var(unbiased=False).clamp(min=1e-8).sqrt() for row in returns]
    if estimator == "GROUP_MEAN_STD":
        groups = torch.stack([row.sum() for row in rewards]).view(-1, samples)
        relative = (groups - groups.mean(1, keepdim=True)) / (groups.std(1, keepdim=True) + 1e-4)
        return [advantage.expand(len(row)) for advantage, row in zip(relative.flatten(), rewards)]
    raise SystemExit(f"there is nothing here for advantage {estimator}")


def loss_of(losses):
    if aggregation == "TOKEN_MEAN":
        return torch.cat(losses).mean()
    if aggregation == "SEQUENCE_MEAN":
        return torch.stack([row.mean() for row in losses]).mean()
    raise SystemExit(f"there is nothing here for aggregation {aggregation}")


def mean(numbers_of_updates):
    return sum(numbers_of_updates) / len(numbers_of_updates)


def apply(model, steps, settings):
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), settings["max_gradient_norm"])
    steps.step()
    steps.zero_grad()
    return norm.item()


policy, reference, judge = load(AutoModelForCausalLM, work["policy"]), load(AutoModelForCausalLM, work["policy"]), scoring()
policy_steps = optimizer(policy, spec["optimizer"])
if estimator == "GAE":
    critic = scoring()
    critic_steps = optimizer(critic, spec["critic_optimizer"])

for step in work["steps"]:
    episodes, equal_share = of_worth(step["episodes"]) if samples > 1 else (step["episodes"], 0.0)
    with torch.no_grad():
        old = [chosen(distribution(policy, episode), episode) for episode in episodes]
        known = [chosen(distribution(reference, episode), episode) for episode in episodes]
        scores = [score(episode) for episode in episodes]
        kls = [own - given for own, given in zip(old, known)]
        rewards = [torch.zeros_like(kl) if kl_in_loss else -beta * kl for kl in kls]
        penalties = [row.sum() for row in rewards]
        for row, last in zip(rewards, scores):
            row[-1] += last
        if estimator == "GAE":
            old_values = [values(critic, episode) for episode in episodes]
            if spec["whiten_rewards"]:
                rewards = whitened(rewards, mean_kept=True)
            advantages = [generalized(*rows) for rows in zip(rewards, old_values)]
            returns = [advantage + value for advantage, value in zip(advantages, old_values)]
            if spec["whiten_advantages"]:
                advantages = whitened(advantages)
        else:
            advantages = compared(rewards)
    policy_losses, kl_losses, value_losses, policy_norms, critic_norms = [], [], [], [], []
    ptx_losses, ptx_norms, total_norms = [], [], []
    ratios, log_ratios, entropies, clipped = [], [], [], []
    for rows in step["minibatches"]:
        surrogate, squares = [], []
        for row in rows:
            log_probs = distribution(policy, episodes[row])
            own = chosen(log_probs, episodes[row])
            ratio, gain = torch.exp(own - old[row]), advantages[row]
            both = -gain * ratio, -gain * ratio.clamp(1 - spec["clip_low"], 1 + spec["clip_high"])
            surrogate.append(torch.max(*both))
            squares.append(0.5 * (own - known[row]) ** 2)
            ratios.append(ratio.detach())
            log_ratios.append((own - old[row]).detach())
            entropies.append(-(log_probs.exp() * log_probs).sum(1).detach())
            clipped.append((both[1] > both[0]).float())
        policy_losses.append(loss_of(surrogate))
        kl_losses.append(beta * loss_of(squares))
        (policy_losses[-1] + (kl_losses[-1] if kl_in_loss else 0.0)).backward()
        weights = list(policy.parameters())
        policy_norms.append(norm([weight.grad for weight in weights]))
        if "ptx" in spec:
            ptx_losses.append(pretraining_loss())
            gradients = torch.autograd.grad(ptx_losses[-1], weights)
            ptx_norms.append(norm(gradients))
            for weight, gradient in zip(weights, gradients):
                weight.grad += gradient
        total_norms.append(apply(policy, policy_steps, spec["optimizer"]))
        if estimator == "GAE":
            errors = []
            for row in rows:
                value, before = values(critic, episodes[row]), old_values[row]
                near = before + (value - before).clamp(-spec["value_clip"], spec["value_clip"])
                errors.append(torch.max((value - returns[row]) ** 2, (near - returns[row]) ** 2))
            value_losses.append(0.5 * torch.cat(errors).mean())
            value_losses[-1].backward()
            critic_norms.append(apply(critic, critic_steps, spec["critic_optimizer"]))
    figures = {
        "objective/kl": lambda: mean([kl.sum().item() for kl in kls]),
        "objective/entropy": lambda: mean([-row.sum().item() for row in old]),
        "objective/scores": lambda: mean([last.item() for last in scores]),
        "objective/non_score_reward": lambda: mean([penalty.item() for penalty in penalties]),
        "loss/policy_avg": lambda: mean([loss.item() for loss in policy_losses]),
        "loss/kl_avg": lambda: mean([loss.item() for loss in kl_losses]),
        "loss/value_avg": lambda: mean([loss.item() for loss in value_losses]),
        "policy/approxkl_avg": lambda: 0.5 * torch.cat(log_ratios).square().mean().item(),
        "policy/clipfrac_avg": lambda: torch.cat(clipped).mean().item(),
        "policy/entropy_avg": lambda: torch.cat(entropies).mean().item(),
        "val/ratio_var": lambda: torch.cat(ratios).var(unbiased=False).item(),
        "loss/ptx_avg": lambda: mean([loss.item() for loss in ptx_losses]),
        "frac_reward_zero_std": lambda: equal_share,
        "gradient_norm/policy": lambda: mean(policy_norms),
        "gradient_norm/ptx": lambda: mean(ptx_norms),
        "gradient_norm/total": lambda: mean(total_norms),
        "gradient_norm/critic": lambda: mean(critic_norms),
    }
    for name in work["figures"]:
        print(figures[name](), file=answers, flush=True)
