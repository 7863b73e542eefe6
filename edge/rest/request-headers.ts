import { STREAM_BEARER_PREFIX } from '../../shared/schemas/event.ts';

/** The API key: from `Authorization: Bearer`, or from the subprotocol that browsers must use for WebSockets. Null without one. */
export function bearerOf(headers: Headers): string | null {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '') ?? [];
  if (bearer !== undefined) return bearer;
  const protocols = (headers.get('sec-websocket-protocol') ?? '').split(',').map((protocol) => protocol.trim());
  return (
    protocols.find((protocol) => protocol.startsWith(STREAM_BEARER_PREFIX))?.slice(STREAM_BEARER_PREFIX.length) ?? null
  );
}

/** The caller's own id of the request, when it is fit to be repeated in headers and logs. */
export function requestIdOf(headers: Headers): string | null {
  const id = headers.get('x-request-id') ?? '';
  return /^[A-Za-z0-9._:-]{1,128}$/.test(id) ? id : null;
}

/** The trace that the request belongs to by its W3C `traceparent`, else a new one. */
export function traceIdOf(headers: Headers): string {
  const [, traceId] =
    /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(headers.get('traceparent') ?? '') ?? [];
  return traceId ?? crypto.randomUUID().replaceAll('-', '');
}
