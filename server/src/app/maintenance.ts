import { jsonResponse, type Route } from '../base/http.ts';
import type { Ingest } from '../ingest/index.ts';
import { BackupError, type Store } from '../store/index.ts';

/** `POST /api/admin/backup?to=DIR`: everything acknowledged so far, written into a new directory of this machine. */
export function maintenanceRoutes(store: () => Store | undefined, ingest: Ingest): Route[] {
  const fail = (status: number, code: string, message: string) =>
    jsonResponse(status, { error: { code, message, setting: null, requestId: '', position: null } });
  return [
    {
      method: 'POST',
      path: '/api/admin/backup',
      handler: async (request) => {
        const target = request.query.get('to') ?? '';
        const opened = store();
        if (target === '') return fail(400, 'bad_request', 'the parameter "to" names the directory to write');
        if (opened === undefined) return fail(503, 'store_down', 'the store is not ready');
        try {
          await ingest.flush();
          return jsonResponse(200, await opened.backups.backup(target));
        } catch (error) {
          if (error instanceof BackupError) return fail(409, 'backup_failed', error.message);
          throw error;
        }
      },
    },
  ];
}
