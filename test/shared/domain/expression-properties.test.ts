import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExpressions } from '../../../shared/domain/expressions.ts';
import { AppError } from '../../../shared/errors.ts';
import type { JsonObject, JsonValue } from '../../../shared/schemas/json.ts';
import { evaluateText, sampleContext } from './expression-samples.ts';

const expressions = createExpressions();
// As any body arrives: through JSON.
const json = fc.json().map((text): JsonValue => JSON.parse(text));

/** Text of the language's own tokens: far likelier to be almost right than random characters. */
const almostAnExpression = fc
  .array(
    fc.constantFrom(
      'parameters',
      '.limit',
      'steps',
      '["a"]',
      '.output',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '?',
      '+',
      '-',
      '==',
      '&&',
      '||',
      '!',
      ' in ',
      '1',
      '0.5',
      '"x"',
      "'",
      '"',
      '\\',
      'has(',
      '.map(x, ',
      'x',
      '//',
      '\n',
      '}}',
      '${{',
      '$',
    ),
    { maxLength: 14 },
  )
  .map((tokens) => tokens.join(''));

describe('any config', () => {
  it('without expressions resolves to itself', () => {
    fc.assert(
      fc.property(json, (value) => {
        fc.pre(!expressions.hasExpressions(value));
        const config: JsonObject = { value };
        expect(JSON.stringify(expressions.resolve(config, sampleContext()))).toBe(JSON.stringify(config));
      }),
    );
  });

  it('can hold any text by escaping', () => {
    fc.assert(
      fc.property(almostAnExpression, (text) => {
        const config = { text: text.replaceAll('${{', () => '$${{') };
        expect(expressions.resolve(config, sampleContext())).toEqual({ text });
      }),
    );
  });
});

describe('any value', () => {
  it('is what an expression that reads it becomes', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.stringify(evaluateText('parameters.value', { value }))).toBe(JSON.stringify(value));
      }),
    );
  });

  it('equals itself, and a list that holds it contains it', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(
          evaluateText('parameters.value == parameters.value && parameters.value in [parameters.value]', { value }),
        ).toBe(true);
      }),
    );
  });
});

describe('any text between the braces', () => {
  it('is either refused at create, or fails as a VALIDATION_ERROR, or has a value', () => {
    fc.assert(
      fc.property(almostAnExpression, (source) => {
        const config = { value: `\${{ ${source} }}` };
        const { violations } = expressions.inspect(config);
        const outcome = attempt(() => expressions.resolve(config, sampleContext()));
        if (outcome instanceof AppError) expect(outcome.code).toBe('VALIDATION_ERROR');
        else expect(violations).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** The value, or the AppError that was thrown instead; anything else thrown fails the test. */
function attempt(act: () => JsonObject): JsonObject | AppError {
  try {
    return act();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
