/** The node collector: follows log files, scrapes, keeps everything on disk until the server has it. */
export { startAgent } from './agent.ts';
export { checkAgent } from './check.ts';
export { type AgentConfig, AgentConfigError, describeVariables, loadAgentConfig } from './config.ts';
