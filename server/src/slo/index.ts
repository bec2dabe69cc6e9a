/** Service level objectives: their files, and the rules that are made of them. */
export { type BurnWindows, parseBurnWindows } from './burn_windows.ts';
export { type GenerateOptions, objectiveRules } from './generate.ts';
export { type Objective, ObjectiveError } from './objective.ts';
export { type ObjectiveDocument, parseObjectiveFile } from './objective_file.ts';
