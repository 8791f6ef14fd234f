import { formatCount } from '../text.ts';
import type { Template } from './assembly.ts';
import type { Emulator } from './emulator.ts';
import type { Check, Rehearsal } from './rehearse.ts';

const USED = 'used';
const ENFORCED = 'used; actions and resources enforced, conditions on keys NOT';
const NOT_ENFORCED = 'made; NOT enforced, start the emulator so that it is';
const NOT_EXERCISED = 'made; NOT exercised';

/** What the checks use of the stack. Of all else an emulator shows no more than that its CloudFormation takes it. */
const USED_TYPES: ReadonlySet<string> = new Set([
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Authorizer',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::Cognito::UserPool',
  'AWS::Cognito::UserPoolClient',
  'AWS::Cognito::UserPoolResourceServer',
  'AWS::DynamoDB::Table',
  'AWS::Lambda::Alias',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::SNS::Topic',
  'AWS::StepFunctions::StateMachine',
  'AWS::StepFunctions::StateMachineAlias',
  'AWS::StepFunctions::StateMachineVersion',
]);
const IAM_TYPES: ReadonlySet<string> = new Set(['AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']);

const NEVER_SHOWN = [
  'e-mail: nobody confirms a subscription and nothing is sent by mail',
  'load: throttling, reserved concurrency, quotas, hot partitions, cold starts of AWS',
  'time: schedules that fire by themselves, timeouts of months, expiry of rows, logs and tokens',
  'what watches: alarms, dashboards, traces, access logs',
  'what keeps: point-in-time recovery, encryption with keys, deletion protection, TLS',
];

/** One line of a check, as it is done. */
export function checkLine({ name, failure, lacks }: Check): string {
  if (lacks !== undefined) return `  NOT RUN ${name}\n            the emulator lacks ${lacks}`;
  if (failure === undefined) return `  passed  ${name}`;
  return `  FAILED  ${name}\n${failure.replace(/^/gm, '            ')}`;
}

/** All that the rehearsal saw and did not see, so that nobody takes a skip for a pass. */
export function report({ checks, changes, template }: Rehearsal, emulator: Emulator): string {
  const failed = checks.filter(({ failure }) => failure !== undefined).length;
  const notRun = checks.filter(({ lacks }) => lacks !== undefined).length;
  const passed = checks.length - failed - notRun;
  const counts = `${formatCount(passed)} passed, ${formatCount(failed)} failed, ${formatCount(notRun)} not run`;
  const advice =
    failed === 0
      ? 'It is not AWS: see above what was not exercised.'
      : 'The stack is left there to be looked at; what the functions logged, and the emulator, may say why.';
  return [
    '',
    'What the stack is made of, and what was seen of it',
    ...typeLines(template, emulator),
    '',
    'What was changed so that the emulator takes it',
    ...bullets(changes),
    '',
    'What no emulator shows',
    ...bullets(NEVER_SHOWN),
    '',
    `On ${emulator.name}: ${counts}. ${advice}`,
    '',
  ].join('\n');
}

function typeLines({ Resources }: Template, { enforcesIam }: Emulator): string[] {
  const byType = Map.groupBy(Object.values(Resources), ({ Type }) => Type);
  const types = [...byType.keys()].toSorted();
  const width = Math.max(...types.map((type) => type.length));
  return types.map((type) => {
    const count = formatCount(byType.get(type)?.length ?? 0).padStart(4);
    return `  ${type.padEnd(width)}${count}  ${seenOf(type, enforcesIam)}`;
  });
}

function seenOf(type: string, enforcesIam: boolean): string {
  if (IAM_TYPES.has(type)) return enforcesIam ? ENFORCED : NOT_ENFORCED;
  return USED_TYPES.has(type) ? USED : NOT_EXERCISED;
}

function bullets(lines: readonly string[]): string[] {
  return lines.length === 0 ? ['  nothing'] : lines.map((line) => `  - ${line}`);
}
