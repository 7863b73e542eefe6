/**
 * What of NODE_OPTIONS the processes of this project get: memory, certificates, the network and what is printed. The rest
 * would break some of them: a debugger's port serves one process, and a module or flag is made for one Node.
 */
const KEPT = [
  /^--max-/,
  /^--(?:use|no-use)-(?:openssl-ca|bundled-ca|system-ca|env-proxy)$/,
  /^--(?:openssl|tls|secure-heap)-?/,
  /^--dns-result-order$/,
  /^--(?:no-)?network-family-autoselection/,
  /^--(?:no-)?(?:warnings|deprecation|enable-source-maps)$/,
  /^--(?:disable-warning|redirect-warnings|stack-trace-limit|diagnostic-dir)$/,
  /^--(?:trace|report|heapsnapshot)-/,
];

/** Splits as Node does: at spaces that stand outside of double quotes. */
const words = (text) => text.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*")+/g) ?? [];

export function splitNodeOptions(text) {
  const options = [];
  for (const word of words(text)) {
    if (word.startsWith('-') || options.length === 0) options.push([word]);
    else options.at(-1).push(word);
  }
  const isKept = ([first]) => {
    const name = first.split('=')[0].replaceAll('_', '-');
    return KEPT.some((pattern) => pattern.test(name));
  };
  const joined = (some) => some.map((option) => option.join(' ')).join(' ');
  return { kept: joined(options.filter(isKept)), left: joined(options.filter((option) => !isKept(option))) };
}
