/** Where everything local seems to live: the account number can belong to nobody. */
const REGION = 'us-east-1';
const ACCOUNT = '000000000000';

export const stateMachineArn = (name: string): string => `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}`;
export const executionArn = (machine: string, name: string): string =>
  `arn:aws:states:${REGION}:${ACCOUNT}:execution:${machine}:${name}`;
export const functionArn = (name: string): string => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;
/** A function may be called by its ARN or its name, either with a version or alias at the end. */
export const functionName = (called: string): string => called.replace(/^arn:.*:function:/, '').replace(/:.*$/, '');

/** Step Functions' rules for names of machines and executions. */
const MAX_NAME_LENGTH = 80;
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\p{Cs}\p{Cn}]/u;

export const isValidName = (name: string): boolean =>
  name.length >= 1 && name.length <= MAX_NAME_LENGTH && !FORBIDDEN.test(name);
