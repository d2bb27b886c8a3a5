<?php // composer require standard-webhooks/standard-webhooks
require __DIR__ . '/vendor/autoload.php';

use StandardWebhooks\Exception\WebhookVerificationException;
use StandardWebhooks\Webhook;

$webhook = new Webhook(getenv('WEBHOOK_SECRET')); // whsec_…

try {
    $headers = array_change_key_case(getallheaders(), CASE_LOWER);
    $event = $webhook->verify(file_get_contents('php://input'), $headers);
} catch (WebhookVerificationException $refusal) {
    http_response_code(400);
    exit;
}
HANDLE
http_response_code(204);
