# gem install standardwebhooks sinatra rackup puma
require "sinatra"
require "standardwebhooks"

WEBHOOK = StandardWebhooks::Webhook.new(ENV.fetch("WEBHOOK_SECRET")) # whsec_…

post "/" do
  signed = %w[id timestamp signature].to_h do |part|
    ["webhook-#{part}", request.get_header("HTTP_WEBHOOK_#{part.upcase}")]
  end
  begin
    event = WEBHOOK.verify(request.body.read, signed)
  rescue StandardWebhooks::WebhookVerificationError
    halt 400
  end
  HANDLE
  204
end
