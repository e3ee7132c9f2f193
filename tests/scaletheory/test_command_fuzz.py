"""Random words for options of the commands: an answer, or one line on standard error, and no traceback."""

import random
from pathlib import Path

import pytest

from tests.bad_values import quietly
from tests.scaletheory.invoke import run

REFERENCES = Path(__file__).parents[1] / "references"
WORDS = ["", "x", "nan", "-1", "0", "1e400", "-inf", "1e-400", "1,,2", "1:2", "1:2:3:4", "2:1:1", "1:10:999999999", "0x10", "١",
         "1e", "--", "1_0", "true", "[1]", "1e1000000000", "1/0", "1j", "½", "\x00",
         "a" * 2000, "🙂", "None", "1 2", "1.5.2"]  # fmt: skip
COMMANDS: dict[str, tuple[list[str], dict[str, str]]] = {
    "risk": (["risk", "random-features"], {
        "--isotropic": "20", "--samples": "8", "--features": "6", "--ridge": "0.25", "--noise": "0.1", "--ensemble": "2",
        "--precision": "15",
    }),
    "risk law": (["risk", "linear-ridge"], {
        "--capacity": "1.5", "--source": "0.4", "--samples": "8", "--scale": "2", "--size": "30",
    }),
    "exponents": (["exponents", "linear-ridge"], {"--capacity": "1.5", "--source": "0.4", "--samples": "1", "--noise": "0"}),
    "optimum": (["optimum", "linear-ridge"], {"--cost": "samples", "--capacity": "1.5", "--source": "0.4", "--noise": "0"}),
    "optimum at a budget": (["optimum", "random-features"], {
        "--cost": "samples*features", "--capacity": "1.5", "--source": "0.4", "--budget": "1e4", "--noise": "0.1",
    }),
    "sgd": (["sgd"], {"--capacity": "1.5", "--source": "0.4", "--samples": "50", "--features": "5", "--step": "0.01"}),
    "flow": (["flow", "random-features"], {"--isotropic": "20", "--samples": "8", "--features": "6", "--time": "3"}),
    "spectrum": (["spectrum", "random-features"], {"--isotropic": "20", "--samples": "8", "--features": "6"}),
    "exponents flow": (["exponents", "flow"], {"--capacity": "1.5", "--source": "0.4", "--samples": "1", "--time": "inf"}),
    "optimum flow": (["optimum", "flow"], {"--cost": "features*time", "--capacity": "1.5", "--source": "0.4", "--noise": "0"}),
    "fit": (["fit", str(REFERENCES / "data_constrained_c4.csv")], {
        "--columns": "params,tokens,loss", "--form": "additive", "--holdout": "10", "--level": "0.9", "--irreducible": "1",
        "--budget": "1e22",
    }),
    "derive": (["derive"], {"--format": "markdown"}),
}  # fmt: skip


def fuzz(name: str, seed: int, turns: int) -> None:
    """Run one command with options at random; some are spoilt, left out, or given twice."""
    words, options = COMMANDS[name]
    draw = random.Random(f"{name} {seed}")
    for turn in range(turns):
        spoilt = draw.sample(list(options), min(draw.choice([1, 1, 2]), len(options)))
        given = {option: draw.choice(WORDS) if option in spoilt else value for option, value in options.items()}
        line = [*words, *(part for pair in given.items() for part in pair)]
        if draw.random() < 0.1:
            line.append(draw.choice(WORDS))
        result = quietly(lambda line=line: run(*line))
        story = f"seed {seed}, turn {turn}: {line}: {result.exit_code} {result.output[-300:]} {result.stderr[-300:]}"
        assert result.exit_code in (0, 1, 2), story
        if result.exit_code == 2:
            assert result.stderr.startswith("Error: "), story
            assert result.stderr.count("\n") == 1, story
            assert "Traceback" not in result.stderr, story


@pytest.mark.parametrize("name", COMMANDS)
def test_some_commands_answer_or_refuse_in_one_line(name: str) -> None:
    fuzz(name, 0, 5)


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_any_command_answers_or_refuses_in_one_line(name: str) -> None:
    fuzz(name, 1, 60)
