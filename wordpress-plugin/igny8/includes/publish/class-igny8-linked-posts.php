<?php
/**
 * The route link-posts.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.
// phpcs:disable WordPress.DB.PreparedSQL.InterpolatedNotPrepared -- the name of our own table.
// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * Takes over posts of the plugin that this one replaces: the app tells which of its contents stands for which post.
 *
 * Only the map is written. Posts and their meta stay as they are: a publish is what changes a post.
 */
class IGNY8_Linked_Posts {

	const AT_ONCE = 200;

	/**
	 * Links the posts that the body names.
	 *
	 * @param IGNY8_Request $request Request.
	 * @return array{linked:string[],refused:array<int,array{content_id:string,code:string}>} The contract's result.
	 * @throws IGNY8_Exception When the body is not as the contract says.
	 */
	public static function answer( $request ) {
		$data = $request->get_json_params();
		if ( ! isset( $data['contract'] ) || IGNY8_CONTRACT !== $data['contract'] ) {
			throw new IGNY8_Exception( 'CONTRACT_UNSUPPORTED', __( 'The app and the plugin speak different versions. Update both.', 'igny8' ), 409, 'preflight', array( 'supported' => array( IGNY8_CONTRACT ) ) );
		}
		$posts = isset( $data['posts'] ) ? $data['posts'] : null;
		if ( ! is_array( $posts ) || count( $posts ) > self::AT_ONCE ) {
			IGNY8_Payload::refuse( 'posts' );
		}
		$posts = array_map( array( __CLASS__, 'checked' ), array_values( $posts ) );
		IGNY8_Tables::make_missing();
		_prime_post_caches( array_column( $posts, 'post_id' ), false, false );
		$result = array(
			'linked'  => array(),
			'refused' => array(),
		);
		foreach ( $posts as $post ) {
			$code = self::refusal( $post );
			if ( '' === $code ) {
				$result['linked'][] = $post['content_id'];
			} else {
				$result['refused'][] = array(
					'content_id' => $post['content_id'],
					'code'       => $code,
				);
			}
		}
		return $result;
	}

	/**
	 * An entry of the body.
	 *
	 * @param mixed $entry Entry.
	 * @return array{content_id:string,post_id:int,slug:string,guid:string}
	 */
	private static function checked( $entry ) {
		$entry = is_array( $entry ) ? $entry : array();
		foreach ( array( 'post_id', 'slug', 'guid' ) as $name ) {
			if ( ! isset( $entry[ $name ] ) || ! ( 'post_id' === $name ? is_int( $entry[ $name ] ) : is_string( $entry[ $name ] ) ) ) {
				IGNY8_Payload::refuse( 'posts' );
			}
		}
		$entry['content_id'] = IGNY8_Payload::id( isset( $entry['content_id'] ) ? $entry['content_id'] : '', 'posts' );
		return array_intersect_key( $entry, array_flip( array( 'content_id', 'post_id', 'slug', 'guid' ) ) );
	}

	/**
	 * Links a post, or tells why not.
	 *
	 * @param array{content_id:string,post_id:int,slug:string,guid:string} $entry Entry.
	 * @return string POST_MISSING, POST_UNCERTAIN, POST_TAKEN or CONTENT_TAKEN; empty when it is linked.
	 */
	private static function refusal( $entry ) {
		$post = $entry['post_id'] > 0 ? get_post( $entry['post_id'] ) : null;
		if ( ! $post instanceof WP_Post || in_array( $post->post_type, array( 'revision', 'attachment', 'nav_menu_item' ), true ) || 'auto-draft' === $post->post_status ) {
			return 'POST_MISSING';
		}
		return self::is_same( $post, $entry ) ? self::link( $entry['content_id'], $post->ID ) : 'POST_UNCERTAIN';
	}

	/**
	 * Whether it is the post that was moved in, and not another one of that number: WordPress never changes the guid, and
	 * where the site has moved since, and its guids with it, the slug is the same.
	 *
	 * @param WP_Post              $post  Post.
	 * @param array<string,mixed> $entry Entry.
	 * @return bool
	 */
	private static function is_same( $post, $entry ) {
		$slug = 'trash' === $post->post_status ? preg_replace( '/__trashed(-\d+)?\z/', '', $post->post_name ) : $post->post_name;
		return ( '' !== $entry['guid'] && wp_specialchars_decode( $post->guid ) === wp_specialchars_decode( $entry['guid'] ) )
			|| ( '' !== $entry['slug'] && rawurldecode( $slug ) === rawurldecode( $entry['slug'] ) );
	}

	/**
	 * Notes in the map what a content stands for. The statement looks whether the post is free, so that of two requests
	 * one gets it. A link that no publish has used gives way: its content may have been deleted in the app since.
	 *
	 * @param string $content_id Content.
	 * @param int    $post_id    Post.
	 * @return string As of refusal().
	 */
	private static function link( $content_id, $post_id ) {
		global $wpdb;
		$map = IGNY8_Tables::map();
		$wpdb->query( $wpdb->prepare( "DELETE FROM $map WHERE (post_id = %d OR content_id = %s) AND NOT (post_id = %d AND content_id = %s) AND state = 'published' AND done_run_id = ''", $post_id, $content_id, $post_id, $content_id ) );
		$wpdb->query( $wpdb->prepare( "INSERT IGNORE INTO $map (content_id, post_id, state, attachments) SELECT %s, %d, 'published', '[]' FROM (SELECT COUNT(*) AS taken FROM $map WHERE post_id = %d) t WHERE t.taken = 0", $content_id, $post_id, $post_id ) );
		$owner = $wpdb->get_var( $wpdb->prepare( "SELECT content_id FROM $map WHERE post_id = %d ORDER BY content_id = %s DESC LIMIT 1", $post_id, $content_id ) );
		if ( $content_id === $owner ) {
			return '';
		}
		return null === $owner ? 'CONTENT_TAKEN' : 'POST_TAKEN';
	}
}
