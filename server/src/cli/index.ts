export { backupCommand } from './backup.ts';
export { checkCommand } from './check.ts';
export type { CheckSurroundings } from './check_surroundings.ts';
export { ciCommand } from './ci/ci_command.ts';
export { CommandError } from './http.ts';
export { importCommand } from './import/import_prometheus.ts';
export { deleteLogsCommand } from './logs/delete.ts';
export { logsCommand } from './logs/logs.ts';
