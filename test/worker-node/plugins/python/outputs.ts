import { outputsByExpression } from '../script/outputs-by-expression.ts';
import { runFile, write } from './project.ts';

const SOURCE = (prelude: string) => `
import os, wf
${prelude}

def run(expressions):
    return [answer(expression) for expression in expressions]

def answer(expression):
    try:
        wf.output(eval(expression))
    except wf.Failure as failure:
        return {"code": failure.code, "message": failure.message, "retryable": failure.retryable}
    with open(os.environ["WF_OUTPUT"], encoding="utf-8") as file:
        return {"text": file.read()}
`;

/** What the engine takes as the output of each expression, or how it is refused. All of them run in one process. */
export async function outputsOf(expressions: readonly string[], prelude = '') {
  await write({ 'outputs.py': SOURCE(prelude) });
  const config = { script: 'outputs.py', function: 'run', input: [...expressions] };
  return outputsByExpression(expressions, await runFile(config));
}
