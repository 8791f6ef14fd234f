import type { OutboxEntry } from './outbox.ts';

/** From whom and under what subject SNS sends e-mails, unless told otherwise. */
const SENDER = 'AWS Notifications <no-reply@sns.amazonaws.com>';
const DEFAULT_SUBJECT = 'AWS Notification Message';

/** A message as the merchant reads it in a mail program. */
export function formatMessage(entry: OutboxEntry): string {
  const headers = [
    `From: ${SENDER}`,
    `To: ${entry.recipients.join(', ') || '(nobody has subscribed)'}`,
    `Subject: ${entry.subject ?? DEFAULT_SUBJECT}`,
    `Date: ${new Date(entry.publishedAt).toUTCString()}`,
  ];
  return `${headers.join('\n')}\n\n${entry.email.trimEnd()}\n`;
}
