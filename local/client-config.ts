/** What an SDK client needs to talk to a local endpoint, which asks for a signature but does not check it. */
export function clientConfig(endpoint: string) {
  return {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    // The SDK puts account or data prefixes before some host names; a loopback address has none.
    disableHostPrefix: true,
  };
}
