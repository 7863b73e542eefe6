/**
 * Every connection to Temporal is direct, as the SDK's native one, which knows no proxies, always is: gRPC would else ask the
 * proxy of `http_proxy`, `https_proxy` or `grpc_proxy` even for this machine, and wait for ever for one that is dead.
 */
export const DIRECT_CHANNEL = { 'grpc.enable_http_proxy': 0 };
