import { pastProxies } from '../local/past-proxies.ts';

/** A request that can be run again by hand. */
export interface CurlRequest {
  method?: 'GET' | 'POST';
  /** Below the API's address. */
  path: string;
  /** `.wf/local.json`, as a path from where the command is run. */
  localJson: string;
}

/**
 * The request as a shell command that works as it is. It reads address and key from local.json when it runs: the next
 * stack may have another port, and a key should not stand in a terminal or a log.
 */
export function curl({ method = 'GET', path, localJson }: CurlRequest): string {
  const file = JSON.stringify(localJson.startsWith('/') ? localJson : `./${localJson}`).replaceAll("'", "'\\''");
  const read = (name: 'url' | 'api_key') => `$(node -p 'require(${file}).${name}')`;
  const how = method === 'GET' ? '' : `-X ${method} `;
  return `curl -s ${pastProxies()}${how}-H "Authorization: Bearer ${read('api_key')}" "${read('url')}${path}"`;
}
