INSERT INTO newsletter_topic (slug, names, area, categories, query, listing, colour, position, is_active)
VALUES ('linen', '{}', '', '[]', '', '', '#334155', 1, true);
INSERT INTO newsletter_edition (day, state, note, candidates_count, composed_at, revision, topic_id)
SELECT CURRENT_DATE, 'draft', '{}', 0, CURRENT_TIMESTAMP, 0, id FROM newsletter_topic;
INSERT INTO newsletter_paper (arxiv_id, version, provenance, title, abstract, authors, categories, primary_category,
    comment, doi, journal_ref, licence, is_withdrawn, votes, comments_count, image_url, video_url, code_url,
    project_url, organisation, keywords, created_at)
SELECT 'p' || n, 1, 'arxiv', '$words' || n, '$abstract', '["Ada Lovelace", "$words"]', '["cs.LG"]', 'cs.LG',
    '', '', '', '', false, 0, 0, '', '', '',
    '', '', '[]', CURRENT_TIMESTAMP FROM $numbers;
INSERT INTO newsletter_entry (position, is_pinned, is_hidden, matched, edition_id, paper_id)
SELECT n, false, false, '["linen"]', 1, n FROM $numbers;
INSERT INTO newsletter_summary (language, state, author, title, sentence, takeaways, keywords, reason, hint,
    paper_version, is_outdated, round, attempts_count, written_at, paper_id)
SELECT 'ko', 'ready', 'model', '$words', '$words$words', '[$takeaway, $takeaway, $takeaway]', '[]', '', '',
    1, false, 0, 1, CURRENT_TIMESTAMP, n FROM $numbers;
INSERT INTO subscriptions_subscriber (public_id, email, state, language, time_zone, hour, cadence, weekday,
    size, queries, wants_updates, links_epoch, new_email, quiet_reason, created_at)
SELECT $uuid, 'reader' || n || '@example.org', 'active', 'en', 'UTC', 8, 'daily', 0,
    10, '[]', false, 0, '', '', CURRENT_TIMESTAMP FROM $numbers;
INSERT INTO subscriptions_delivery (subscriber_id, day, state, reason, picks, language, message_id, subject,
    attempts, reply, created_at)
SELECT n, CURRENT_DATE, 'sent', '', '$picks', 'en', '<' || n || '.linen@paperpost.example>', '$words',
    1, '250 2.0.0 Ok: queued as 4C' || n, CURRENT_TIMESTAMP FROM $numbers;
INSERT INTO subscriptions_deliveryevent (kind, source, event_id, detail, at, delivery_id, subscriber_id)
SELECT 'soft', 'mailbox', 'event ' || n, '$words$words', CURRENT_TIMESTAMP, n, n FROM $numbers;
INSERT INTO subscriptions_consentevent (subscriber_id, kind, at, text_version, language, origin_hash, detail)
SELECT n, 'confirmed', CURRENT_TIMESTAMP, '1', 'en', '', '{}' FROM $numbers;
INSERT INTO subscriptions_vote (value, at, paper_id, subscriber_id)
SELECT 1, CURRENT_TIMESTAMP, n, n FROM $numbers
