"""Writes lab/pickle/testdata: small checkpoints as PyTorch saves them, and what they hold.

    python lab/peers/make_pickle_vectors.py        # torch 2.15.0, safetensors 0.8.0

plain.pt     torch.save of a state dict: five types, windows on one storage, strides, tied weights
training.pt  what open_clip's training saves: weights beside an optimizer and numbers
script.pt    torch.jit.save of modules in modules, as OpenAI published CLIP
legacy.pt    the format before version 1.6, which is refused
*.safetensors  the tensors that plain.pt and script.pt must give, as float32
"""

from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file

OUT = Path(__file__).parent.parent / "pickle" / "testdata"


def values(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    n = torch.Size(shape).numel()
    return (torch.arange(n, dtype=torch.float32) / 8 - 1).reshape(shape).to(dtype)


def expected(state: dict[str, torch.Tensor], name: str) -> None:
    save_file({k: v.float().contiguous().clone() for k, v in state.items()}, OUT / name)


class Block(torch.nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.ln_1 = torch.nn.LayerNorm(width)
        self.mlp = torch.nn.Sequential(
            OrderedDict(c_fc=torch.nn.Linear(width, 8), c_proj=torch.nn.Linear(8, width))
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.mlp(self.ln_1(x))


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.resblocks = torch.nn.Sequential(Block(4), Block(4))
        self.logit_scale = torch.nn.Parameter(torch.tensor(2.659))
        self.register_buffer("input_resolution", torch.tensor(224))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.resblocks(x) * self.logit_scale.exp()


def main() -> None:
    OUT.mkdir(exist_ok=True)
    whole = values(6, 4)
    plain = OrderedDict(
        single=values(3, 5),
        half=values(4, 3, dtype=torch.float16),
        brain=values(2, 2, 2, dtype=torch.bfloat16),
        double=values(3, dtype=torch.float64),
        long=torch.tensor([3, -1, 77]),
        upper=whole[:3],
        lower=whole[3:],
        turned=whole.T,
        tied=whole,
        scalar=torch.tensor(4.6052),
        empty=torch.zeros(0, 7),
        parameter=torch.nn.Parameter(values(2, 3)),
    )
    torch.save(plain, OUT / "plain.pt")
    expected({k: v.detach() for k, v in plain.items()}, "plain.safetensors")
    torch.manual_seed(1)
    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4)
    model(values(2, 4)).sum().backward()
    optimizer.step()
    state = {f"module.{k}": v for k, v in model.state_dict().items()}
    torch.save(
        {"epoch": 3, "name": "run", "state_dict": state, "optimizer": optimizer.state_dict()},
        OUT / "training.pt",
    )
    torch.jit.save(torch.jit.script(model), OUT / "script.pt")
    expected(model.state_dict(), "script.safetensors")
    torch.save(plain, OUT / "legacy.pt", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main()
