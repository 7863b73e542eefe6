import { expect, it } from 'vitest';
import { readJsonText } from '../../../edge/rest/read-body.ts';

it('takes a body that breaks off for a mistake of the client', async () => {
  const body = new ReadableStream({ pull: () => Promise.reject(new Error('Network connection lost.')) });
  const request = new Request('https://edge/', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  await expect(readJsonText(request)).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
    message: 'the body cannot be read to its end: its framing is broken',
  });
});
