import { expect, test } from 'vitest';
import { pastProxies } from '../../scripts/local/past-proxies.ts';

test('a printed curl goes past the proxies of the machine, and is plain where there are none', () => {
  expect(pastProxies({ http_proxy: 'http://proxy.example' })).toBe("--noproxy '*' ");
  expect(pastProxies({ ALL_PROXY: 'socks5://proxy.example' })).toBe("--noproxy '*' ");
  expect(pastProxies({ http_proxy: '', NO_PROXY: 'localhost' })).toBe('');
});
