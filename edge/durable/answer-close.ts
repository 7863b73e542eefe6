/** Answers the close of the other side, with the code that it gave. */
export function answerClose(socket: WebSocket, code: number): void {
  // 1005 and 1006 say that no code came: they must not be sent.
  if (socket.readyState === WebSocket.CLOSING) socket.close(code === 1005 || code === 1006 ? 1000 : code);
}
