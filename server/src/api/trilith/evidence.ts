import type { Pictures } from '../../alerting/index.ts';
import type { Route } from '../../base/http.ts';

/**
 * `GET /api/alerts/evidence/<id>.png`: a picture of a notification. Without a key: chat products fetch it for whoever
 * reads the notification, and an id of 128 random bits is told to nobody else.
 */
export function evidenceRoutes(pictures: Pick<Pictures, 'read'>): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/alerts/evidence/:file',
      async handler({ params }) {
        const id = /^(.*)\.png$/.exec(params.file ?? '')?.[1];
        const picture = id === undefined ? undefined : await pictures.read(id);
        if (picture === undefined) return { status: 404, body: 'there is no such picture, or not any more\n' };
        return {
          status: 200,
          headers: { 'content-type': 'image/png', 'cache-control': 'public, max-age=2592000, immutable' },
          body: picture,
        };
      },
    },
  ];
}
