import { html } from 'hono/html';
import { STREAM_BEARER_PREFIX, STREAM_CLOSE, STREAM_PROTOCOL } from '../../shared/schemas/event.ts';
import { type Parameters, renderParameters } from './docs-parameters.ts';
import { STREAM_PATH } from './openapi-stream.ts';

/** The live stream, with what OpenAPI has no words for. */
export function renderStream(parameters: Parameters): ReturnType<typeof html> {
  return html`<section id="stream">
    <h2>Follow an execution live</h2>
    <p class="route"><b class="get">WebSocket</b> <code>${STREAM_PATH}</code></p>
    <p>
      Needs an API key with the scope <code>read</code>: in the header <code>Authorization: Bearer …</code>, or, in browsers,
      as the subprotocols <code>${STREAM_PROTOCOL}</code> and <code>${STREAM_BEARER_PREFIX}{key}</code>.
    </p>
    ${renderParameters(parameters)}
    <p>Every message is one JSON value of at most 512 KiB:</p>
    <table>
      <tr>
        <td><code>{"snapshot": …}</code></td>
        <td>The execution as GET answers it: the first message, unless <code>after_seq</code> is given.</td>
      </tr>
      <tr>
        <td><code>{"snapshot": …, "steps_total": 3000}</code></td>
        <td>
          The first message when the whole execution would be over 512 KiB: the execution without <code>step_details</code>.
        </td>
      </tr>
      <tr>
        <td><code>{"snapshot_steps": […]}</code></td>
        <td>
          What follows then: its next steps, until <code>steps_total</code> are there. Put together they are its
          <code>step_details</code>; events come only after the last. If the connection is lost before, begin anew.
        </td>
      </tr>
      <tr>
        <td><code>[…]</code></td>
        <td>
          Events in order, each with the next <code>seq</code>. The fields in <code>data.patch.execution</code> and
          <code>data.patch.steps.{id}</code> replace those of the snapshot, whole; after each message the outcome is what GET
          answers.
        </td>
      </tr>
      <tr><td><code>{"log": …}</code></td><td>A log entry, with <code>logs=true</code>.</td></tr>
    </table>
    <p>
      Events are changes of a snapshot, so begin with one: connect without <code>after_seq</code>, and once the connection
      is lost, resume with the <code>seq</code> of the newest event that you have: what is newer comes first, an empty list
      when there is nothing. <code>after_seq=0</code> gives all events
      from the first, but nothing to put them over: it is for those who want the history alone.
    </p>
    <p>
      The socket stays open after the end of the execution. A viewer that does not read is cut off with the close code
      ${STREAM_CLOSE.slowViewer}; it resumes with <code>after_seq</code>. With <code>Accept: text/event-stream</code> the same
      comes as server-sent events, and <code>Last-Event-ID</code> resumes. A request that is for neither is answered
      <a href="#UPGRADE_REQUIRED">UPGRADE_REQUIRED</a>.
    </p>
  </section>`;
}
