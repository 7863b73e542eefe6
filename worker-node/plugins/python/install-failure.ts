/**
 * What pip and uv print when the network or a server failed them. It counts more than what they say at the end: an index that
 * cannot be reached has no version of anything.
 */
const NETWORK = [
  /Retrying \(Retry\(|Max retries exceeded|Request failed after \d+ retries/,
  /NewConnectionError|ConnectTimeoutError|ReadTimeoutError|ProtocolError|IncompleteRead|ProxyError|SSLError/,
  /Connection (?:refused|reset|broken|aborted)|timed out|Network is unreachable/i,
  /Temporary failure in name resolution|Name or service not known|dns error|error sending request/i,
  /HTTP (?:error|status server error)\D{0,3}(?:5\d\d|429)|(?:429|5\d\d) (?:Server|Client) Error|429 Too Many Requests/i,
  /Could not fetch URL|Failed to fetch/,
];

/** What they print when the requirements cannot be met, now or later. */
const CERTAIN = [
  /No matching distribution found|Could not find a version that satisfies|No solution found when resolving/,
  /was not found in the (?:package registry|provided package locations)/,
  /ResolutionImpossible|conflicting dependencies/,
  /Invalid requirement|Couldn't parse requirement|Failed to parse|error: no such option|Unexpected '/,
  /Could not open requirements file|No such file or directory|Distribution not found at|File not found:/,
  /is not installable|does not appear to be a Python project|is not a supported wheel|is not a valid wheel filename/,
  /ended without an error, and yet not installed/,
  /DO NOT MATCH THE HASHES|Hash mismatch|Hashes are required|requires a different Python/,
];

/** Whether the network or a server is said to have failed. */
export const speaksOfNetwork = (output: string): boolean => NETWORK.some((sign) => sign.test(output));

/** Whether an installation that failed with this output may succeed later. True also where the output does not tell. */
export function mayInstallLater(output: string): boolean {
  return speaksOfNetwork(output) || !CERTAIN.some((sign) => sign.test(output));
}
