export { backupCommand } from './backup.ts';
export { CommandError } from './http.ts';
