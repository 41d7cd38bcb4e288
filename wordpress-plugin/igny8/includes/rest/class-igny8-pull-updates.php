<?php
/**
 * The route pull-updates.
 *
 * @package IGNY8
 */

/**
 * Gives the app the events that are due, for sites that cannot call out, and forgets those that it names.
 */
class IGNY8_Pull_Updates {

	/**
	 * Gives them. Being asked ends the wait of the outbox after failures: the app is back.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return array<string,mixed> The contract's result.
	 */
	public static function answer( $request ) {
		IGNY8_Outbox_State::end_backoff();
		$limit        = $request->get_param( 'limit' );
		$acknowledged = self::acknowledge( $request->get_param( 'ack' ) );
		$claim        = bin2hex( random_bytes( 16 ) );
		$state        = IGNY8_Outbox_State::read();
		// One more than asked for tells whether there are more.
		$rows   = IGNY8_Outbox::claim_for_pull( $claim, $limit + 1, $state['floor'] );
		$more   = count( $rows ) > $limit;
		$events = array();
		$page   = new IGNY8_Outbox_Events( array_slice( $rows, 0, $limit ) );
		IGNY8_Outbox::drop( $claim, $page->echoes );
		if ( array() !== $rows ) {
			IGNY8_Outbox_State::write( array( 'floor' => max( $state['floor'], (int) max( array_column( $rows, 'sequence' ) ) ) ) );
		}
		foreach ( IGNY8_Outbox::mark_sent( $claim, array_keys( $page->json ) ) as $token ) {
			$events[] = json_decode( $page->json[ $token ] );
		}
		$more        = $more || array() !== $page->unsent_tokens;
		$next_due_in = IGNY8_Outbox::next_due_in();
		$links       = IGNY8_Permalinks::made_of();
		// Who calls out needs the app's address, and a save does not wait for a name server.
		IGNY8_App_Address::refresh();
		return compact( 'acknowledged', 'events', 'more', 'next_due_in', 'links' );
	}

	/**
	 * Forgets what the app has.
	 *
	 * @param string[] $tokens Tokens.
	 * @return int How many were there.
	 */
	private static function acknowledge( $tokens ) {
		$done = IGNY8_Outbox::acknowledge( $tokens );
		if ( $done > 0 ) {
			IGNY8_Outbox_State::write( array( 'delivered_at' => IGNY8_Outbox::now() ) );
		}
		return $done;
	}
}
