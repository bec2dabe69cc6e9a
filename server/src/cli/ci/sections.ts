/** What opens and closes a foldable part of a job's output, by the systems' own marks: the first group is the name. */
const OPENS: readonly RegExp[] = [
  // GitHub Actions, Azure
  /^(?:##\[group\]|::group::)(.*)$/,
  // GitLab
  /section_start:\d{1,12}:([\w.-]{1,128})/,
  // TeamCity
  /^##teamcity\[blockOpened name='((?:[^'|]|\|.){1,128})'/,
];
const CLOSES: readonly RegExp[] = [
  /^(?:##\[endgroup\]|::endgroup::)/,
  /section_end:\d{1,12}:/,
  /^##teamcity\[blockClosed /,
];
const MAX_DEPTH = 32;
const MAX_NAME = 128;

/** The sections that are open after a line, the innermost last; the line itself stays as it is. */
export function sectionsAfter(open: readonly string[], line: string): readonly string[] {
  if (CLOSES.some((mark) => mark.test(line))) return open.slice(0, -1);
  for (const mark of OPENS) {
    const name = mark.exec(line)?.[1];
    if (name !== undefined) return [...open, name.trim().slice(0, MAX_NAME)].slice(-MAX_DEPTH);
  }
  return open;
}
