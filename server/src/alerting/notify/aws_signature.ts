import { createHash, createHmac } from 'node:crypto';

/** A POST to be signed. */
export interface SignedPost {
  readonly url: URL;
  readonly body: string;
  readonly contentType: string;
  readonly region: string;
  readonly service: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken: string | undefined;
  readonly nowMs: number;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/**
 * The headers of a POST without query parameters under AWS Signature Version 4
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
export function signV4(post: SignedPost): Record<string, string> {
  const moment = new Date(post.nowMs).toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const day = moment.slice(0, 8);
  const signed: [string, string][] = [
    ['content-type', post.contentType],
    ['host', post.url.host],
    ['x-amz-date', moment],
    ...(post.sessionToken === undefined ? [] : [['x-amz-security-token', post.sessionToken] as [string, string]]),
  ];
  const names = signed.map(([name]) => name).join(';');
  const canonical = [
    'POST',
    post.url.pathname,
    '',
    ...signed.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(post.body),
  ].join('\n');
  const scope = `${day}/${post.region}/${post.service}/aws4_request`;
  const key = [day, post.region, post.service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${post.secretKey}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', moment, scope, sha256(canonical)].join('\n')).toString('hex');
  const credential = `${post.accessKey}/${scope}`;
  return {
    ...Object.fromEntries(signed.filter(([name]) => name !== 'host')),
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
  };
}
