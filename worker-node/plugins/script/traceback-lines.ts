/** What the lines of tracebacks look like. */
export const LINES = {
  python: /^\s*(?:\+ Exception Group )?Traceback \(most recent call last\):$/,
  pythonGroup: /^\s*\+ Exception Group /,
  /** Before a traceback: a thread's, one that nobody could catch, a task's, and that of another process, which stands between quotes. */
  pythonHead:
    /^(?:Exception (?:in thread|ignored)\b.*|(?:Task|Future) exception was never retrieved|--- Logging error ---|[\w.]*RemoteTraceback: ?)$/,
  pythonFuture: /^(?:future|task): </,
  pythonChain:
    /^(?:The above exception was the direct cause of|During handling of the above exception, another exception occurred)/,
  /** A file that Python could not compile: there is no call to tell of. */
  pythonPlace: /^ {2}File "[^"]*", line \d+$/,
  pythonSource: /^ {4}/,
  pythonError: /^[\w.]*(?:Error|Exception)\b/,
  /** What faulthandler writes. */
  fault:
    /^(?:Fatal Python error: .*|Timeout \([\d:.]+\)!|(?:(?:Current thread|Thread) 0x[0-9a-f]+\b.*|Stack) \(most recent call first\):)$/,
  faultRest: /^(?: {2}.*|Python runtime state: .*|Extension modules: .*|Current thread's C stack trace.*|)$/,
  node: /^(?:file:\/\/|node:|\/|\[)\S.*:\d+$/,
  nodeMark: /^\s*\^+\s*$/,
  nodeEnd: /^Node\.js v\d/,
  /** An error that was logged, with its calls below. */
  error: /^(?:\S.{0,200} )?[\w$.]*(?:Error|Exception)(?: \[\w+\])?(?::.*)?$/,
  call: /^\s+at \S/,
} as const;
