# frozen_string_literal: true

# Tells whether a webhook comes from Haggle: by the Standard Webhooks specification (https://www.standardwebhooks.com),
# with nothing but the standard library.
#
#   event = HaggleWebhook.verify(request.raw_post, request.headers, secrets: [ENV['WEBHOOK_SECRET']])
#
# or on the command line, which prints the body where it is genuine and ends with 1 where it is not:
#
#   WEBHOOK_SECRET=whsec_… ruby verify_webhook.rb ID TIMESTAMP SIGNATURE < body

require 'json'
require 'openssl'

module HaggleWebhook
  # It is not from whom it seems to be, or was sent long ago. Answer 401.
  class Forged < StandardError; end

  # `id` is the same whenever the same is sent again: remember it together with what you did, and drop repeats.
  Event = Struct.new(:id, :sent_at, :body, keyword_init: true) do
    def payload
      JSON.parse(body)
    end
  end

  # Seconds that clocks may be apart and a request may travel. What is sent again is signed anew.
  TOLERANCE = 5 * 60

  # `body` are the bytes as they came: parsed and written again it is another text. `headers` answers to the names of
  # headers in small letters. `secrets`: more than one while they are being exchanged. Raises Forged.
  def self.verify(body, headers, secrets:, now: Time.now)
    id, timestamp, signatures = %w[id timestamp signature].map { |name| headers["webhook-#{name}"].to_s }
    raise Forged, 'A header is missing.' if [id, timestamp, signatures].any?(&:empty?)
    raise Forged, 'The timestamp is no number of seconds.' unless timestamp.match?(/\A\d{1,12}\z/)
    raise Forged, 'The timestamp is too far from now.' if (now.to_i - timestamp.to_i).abs > TOLERANCE

    expected = secrets.map { |secret| sign(key_of(secret), id, timestamp, body) }
    # Several where the sender exchanges its secret; of other versions than v1 nothing is known here.
    given = signatures.split
    raise Forged, 'No signature is right.' unless given.product(expected).any? { |pair| same?(*pair) }

    Event.new(id: id, sent_at: Time.at(timestamp.to_i), body: body)
  end

  def self.sign(key, id, timestamp, body)
    "v1,#{[OpenSSL::HMAC.digest('SHA256', key, [id, timestamp, body].map(&:b).join('.'))].pack('m0')}"
  end

  # An empty key would make anybody's signature right.
  def self.key_of(secret)
    key = secret.to_s.delete_prefix('whsec_').unpack1('m0')
    raise ArgumentError, 'The secret of webhooks is empty.' if key.empty?

    key
  end

  # Takes as long wherever the first difference is, so that nobody finds a signature byte by byte.
  def self.same?(one, other)
    one.bytesize == other.bytesize && OpenSSL.fixed_length_secure_compare(one, other)
  end
  private_class_method :sign, :key_of, :same?
end

if $PROGRAM_NAME == __FILE__
  id, timestamp, signature = ARGV
  headers = { 'webhook-id' => id, 'webhook-timestamp' => timestamp, 'webhook-signature' => signature }
  begin
    puts HaggleWebhook.verify($stdin.binmode.read, headers, secrets: ENV.fetch('WEBHOOK_SECRET').split).body
  rescue HaggleWebhook::Forged => e
    abort "forged: #{e.message}"
  end
end
