"""Writes lab/testdata/checkpoints: tiny models as publishers write them, and their features.

    python lab/peers/make_checkpoint_vectors.py [siglip]

torch 2.15.0, transformers 5.24.0, open_clip 3.3.0, safetensors 0.8.0.

transformers/   save_pretrained of a CLIPModel in fp16, in shards, with a processor's settings
openai.pt       a TorchScript archive of fp16 with sizes beside the parameters, as OpenAI's
vectors.safetensors  pixels, tokens, and the features of both models computed in fp32
siglip/         save_pretrained of a SiglipModel in fp16; its words are lab/unigram/testdata's
siglip.safetensors   its pixels, tokens of SIGLIP_TEXTS, features, probabilities, and the features
                of larger pictures with interpolate_pos_encoding
"""

from __future__ import annotations

import sys
from pathlib import Path

import open_clip
import torch
from safetensors.torch import save_file
from transformers import (CLIPConfig, CLIPImageProcessor, CLIPModel, SiglipConfig,
                          SiglipImageProcessor, SiglipModel)
from words import siglip_tokenizer

OUT = Path(__file__).parent.parent / "testdata" / "checkpoints"
SIZE, CONTEXT, VOCAB = 16, 8, 90


class Holder(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


def scripted(state: dict[str, torch.Tensor]) -> torch.jit.ScriptModule:
    """Modules within modules that hold a state dict."""
    root = Holder()
    for name, value in state.items():
        *path, last = name.split(".")
        module = root
        for step in path:
            if not hasattr(module, step):
                module.add_module(step, Holder())
            module = getattr(module, step)
        module.register_buffer(last, value)
    return torch.jit.script(root)


def inputs() -> tuple[torch.Tensor, torch.Tensor]:
    tokens = torch.zeros(2, CONTEXT, dtype=torch.int64)
    tokens[0, :4] = torch.tensor([88, 5, 17, 89])
    tokens[1] = torch.tensor([88, 1, 2, 3, 40, 50, 60, 89])
    return torch.randn(2, 3, SIZE, SIZE), tokens


def randomise(model: torch.nn.Module) -> None:
    """Values of fp16, so that the files hold them as they are."""
    with torch.no_grad():
        for p in model.parameters():
            p.copy_((p + torch.randn_like(p) * 0.1).half().float())


def transformers(vectors: dict[str, torch.Tensor]) -> None:
    tower = dict(hidden_size=16, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
                 projection_dim=8, hidden_act="gelu")
    model = CLIPModel(CLIPConfig(
        text_config=tower | dict(max_position_embeddings=CONTEXT, vocab_size=VOCAB,
                                 eos_token_id=VOCAB - 1, bos_token_id=VOCAB - 2),
        vision_config=tower | dict(image_size=SIZE, patch_size=8), projection_dim=8)).eval()
    randomise(model)
    with torch.no_grad():
        v = model.vision_model(pixel_values=vectors["pixels"]).pooler_output
        t = model.text_model(input_ids=vectors["tokens"]).pooler_output
        vectors["transformers.image"] = model.visual_projection(v)
        vectors["transformers.text"] = model.text_projection(t)
    model.half().save_pretrained(OUT / "transformers", max_shard_size="9KB")
    CLIPImageProcessor(size={"shortest_edge": 18}, crop_size={"height": SIZE, "width": SIZE},
                       image_mean=[0.5, 0.25, 0.125], image_std=[0.5, 1, 2],
                       ).save_pretrained(OUT / "transformers")


def openai(vectors: dict[str, torch.Tensor]) -> None:
    model = open_clip.CLIP(
        embed_dim=8, quick_gelu=True,
        vision_cfg=dict(image_size=SIZE, layers=1, width=16, head_width=16, patch_size=8,
                        mlp_ratio=2),
        text_cfg=dict(context_length=CONTEXT, vocab_size=VOCAB, width=16, heads=1, layers=1,
                      mlp_ratio=2)).eval()
    randomise(model)
    with torch.no_grad():
        vectors["openai.image"] = model.encode_image(vectors["pixels"])
        vectors["openai.text"] = model.encode_text(vectors["tokens"])
    state = {k: v.half() for k, v in model.state_dict().items() if k != "attn_mask"}
    torch.jit.save(scripted(state | {
        "input_resolution": torch.tensor(SIZE), "context_length": torch.tensor(CONTEXT),
        "vocab_size": torch.tensor(VOCAB)}), str(OUT / "openai.pt"))


SIGLIP_TEXTS = ["A photo of the cat!", "two dogs, running", "NEW YORK."]


def siglip() -> None:
    """Larger pictures and smaller ones than the model's: 24 and 8 pixels for 16."""
    torch.manual_seed(6)
    tower = dict(hidden_size=16, intermediate_size=40, num_hidden_layers=1, num_attention_heads=2)
    model = SiglipModel(SiglipConfig(
        text_config=tower | dict(max_position_embeddings=12, vocab_size=450, projection_size=16),
        vision_config=tower | dict(image_size=SIZE, patch_size=4))).eval()
    randomise(model)
    with torch.no_grad():
        model.logit_scale.fill_(2.5)
        model.logit_bias.fill_(-4.5)
    ids = siglip_tokenizer(OUT.parents[1] / "unigram" / "testdata" / "small.model")(
        SIGLIP_TEXTS, padding="max_length", max_length=12, truncation=True,
        return_tensors="pt")["input_ids"]
    vectors = {"pixels": torch.randn(2, 3, SIZE, SIZE), "tokens": ids.float()}
    with torch.no_grad():
        both = model(input_ids=ids, pixel_values=vectors["pixels"])
        vectors["image"] = both.vision_model_output.pooler_output
        vectors["text"] = both.text_model_output.pooler_output
        vectors["probabilities"] = torch.sigmoid(both.logits_per_image)
        for size in (24, 8):
            pixels = vectors[f"pixels.{size}"] = torch.randn(1, 3, size, size)
            vectors[f"image.{size}"] = model.vision_model(
                pixel_values=pixels, interpolate_pos_encoding=True).pooler_output
    model.half().save_pretrained(OUT / "siglip")
    SiglipImageProcessor(size={"height": SIZE, "width": SIZE}).save_pretrained(OUT / "siglip")
    save_file({k: v.contiguous() for k, v in vectors.items()}, OUT / "siglip.safetensors")


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    if sys.argv[1:] == ["siglip"]:
        siglip()
        return
    siglip()
    torch.manual_seed(5)
    pixels, tokens = inputs()
    vectors = {"pixels": pixels, "tokens": tokens}
    transformers(vectors)
    openai(vectors)
    save_file({k: v.contiguous() for k, v in vectors.items()}, OUT / "vectors.safetensors")
    for file in OUT.rglob("*.safetensors"):
        file.chmod(0o644)


if __name__ == "__main__":
    main()
