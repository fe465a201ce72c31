"""Let inspect_ai's mock model write logs: `python write_inspect_logs.py FOLDER SPECS`, paths to standard output.

A program of its own, as inspect_ai teaches the whole process to unzip what Python 3.11 cannot: the reader must not
need that. `SPECS` is JSON: a list of objects with `name`, `extension`, `task`, `epochs` and `fail`.
"""

import json
import sys


def main(folder: str, specs: str) -> None:
    """Write one log for each spec, each into a folder of its own."""
    paths = [write_log(f"{folder}/{n}", **spec) for n, spec in enumerate(json.loads(specs))]
    sys.stdout.write(json.dumps(paths))


def write_log(folder, *, name, extension, task, epochs, fail):
    """Let the mock model, under this name, answer two samples; those in `fail` end in an error. Returns the path."""
    import inspect_ai
    from inspect_ai.dataset import Sample
    from inspect_ai.model import ChatMessageSystem, ChatMessageUser, get_model

    chat = [ChatMessageSystem(content="Be brief."), ChatMessageUser(content="Where?")]
    samples = [Sample(id=1, input="Why?", target="secret"), Sample(id="two", input=chat, target="secret")]
    outputs = [completion(f"{name} {k}") for k in range(2 * epochs)]
    (log,) = inspect_ai.eval(
        inspect_ai.Task(dataset=samples, solver=answer_but(fail), name=task, fail_on_error=False),
        model=get_model(f"mockllm/{name}", custom_outputs=outputs, memoize=False),
        epochs=epochs,
        max_samples=1,
        log_dir=folder,
        log_format=extension,
        display="none",
    )
    return log.location


def completion(text):
    """An output that says how many tokens it took, or the mock model would fetch a tokenizer."""
    from inspect_ai.model import ModelOutput, ModelUsage

    output = ModelOutput.from_content("mockllm/model", text)
    output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return output


def answer_but(fail):
    """A solver that asks the model, but breaks down on the samples in `fail`."""
    from inspect_ai.solver import solver

    @solver
    def answer():
        async def solve(state, generate):
            if state.sample_id in fail:
                raise RuntimeError("no answer")
            return await generate(state)

        return solve

    return answer()


if __name__ == "__main__":
    main(*sys.argv[1:])
