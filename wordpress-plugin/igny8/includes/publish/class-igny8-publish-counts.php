<?php
/**
 * Counting publishes.
 *
 * @package IGNY8
 */

/**
 * Notes the counts of a publish in the outbox, in the transaction of the publish itself: counted if and only if it is
 * live. The app takes them by run id, and has counted the run itself when it got the result: whichever comes first
 * counts, and neither counts twice.
 */
class IGNY8_Publish_Counts {

	/**
	 * Notes them, to be sent with what is due next.
	 *
	 * @param string                          $run_id    Run.
	 * @param string                          $post_type Post type.
	 * @param array<string,array<string,int>> $counts    Of IGNY8_Terms.
	 */
	public static function enqueue( $run_id, $post_type, $counts ) {
		$body = array(
			'id'                 => $run_id,
			'content_type'       => $post_type,
			'taxonomies_created' => $counts['created'],
			'taxonomies_updated' => $counts['updated'],
			'published_at'       => gmdate( 'Y-m-d\TH:i:s\Z' ),
		);
		IGNY8_Outbox::touch( IGNY8_Outbox::STATS, 0, $run_id, (string) wp_json_encode( $body ), 0 );
	}
}
