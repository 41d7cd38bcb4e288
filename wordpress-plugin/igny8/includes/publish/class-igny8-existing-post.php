<?php
/**
 * The post that a publish would update.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.

/**
 * Finds it: by the map, by the id that it was imported from, or, where the row in the map is gone (the plugin's data were
 * removed, a backup was put back, the site was moved), by the id, address and hash that the app knows. Where these do
 * not fit, a person has to say.
 */
class IGNY8_Existing_Post {

	/**
	 * The post, or null.
	 *
	 * @var WP_Post|null
	 */
	public $stored_post;

	/**
	 * Why there is none, as IGNY8_Preflight notes it: code, field, message, cure and details.
	 *
	 * @var array<int,mixed>|null
	 */
	public $problem;

	/**
	 * Payload.
	 *
	 * @var IGNY8_Payload
	 */
	private $payload;

	/**
	 * Looks for it.
	 *
	 * @param IGNY8_Payload            $payload Payload.
	 * @param array<string,mixed>|null $row     Claim row.
	 */
	public function __construct( $payload, $row ) {
		$this->payload = $payload;
		if ( null !== $row && $row['post_id'] > 0 ) {
			$this->stored_post = get_post( $row['post_id'] );
			return;
		}
		if ( null === $payload->base ) {
			$this->find_imported();
		} elseif ( '' !== $payload->base['external_id'] && 'new' !== $payload->base['adopt'] ) {
			$this->find_lost();
		}
		if ( null !== $this->stored_post && IGNY8_Claims::owned_by_other( $this->stored_post->ID, $payload->content_id, null === $payload->base ? '' : $payload->base['former'] ) ) {
			$this->stored_post = null;
			$this->problem     = array( 'POST_TAKEN', 'post.external_id', __( 'The WordPress post belongs to another content of the app.', 'igny8' ), __( 'Publish that content instead, or publish this one as a new post.', 'igny8' ) );
		}
	}

	/**
	 * The post of an import, for an app that tells no more than its id.
	 */
	private function find_imported() {
		$id = $this->payload->post['external_id'];
		if ( '' === $id ) {
			return;
		}
		$this->stored_post = $this->post( (int) $id );
		if ( null === $this->stored_post ) {
			$this->problem = array( 'POST_MISSING', 'post.external_id', __( 'The WordPress post this content was imported from is no longer there.', 'igny8' ), __( 'Publish it as a new post, or restore the old one in WordPress.', 'igny8' ) );
		}
	}

	/**
	 * The post that the app knows and the plugin does not.
	 */
	private function find_lost() {
		$base_post = $this->post( (int) $this->payload->base['external_id'] );
		if ( null !== $base_post && ( 'link' === $this->payload->base['adopt'] || $this->is_ours( $base_post ) ) ) {
			$this->stored_post = $base_post;
			return;
		}
		$this->stored_post = $this->find_by_marker_or_address();
		if ( null === $this->stored_post && null !== $base_post && '' === $this->payload->base['gone'] ) {
			$this->problem = self::uncertain_problem( $base_post );
		}
	}

	/**
	 * What a person is to be asked of a post that may be another one.
	 *
	 * @param WP_Post $post Post in doubt.
	 * @return array<int,mixed>
	 */
	private static function uncertain_problem( $post ) {
		return array(
			'POST_UNCERTAIN',
			'post.external_id',
			/* translators: 1: number of a post, 2: its title. */
			sprintf( __( 'The post that the app knows by its number (%1$d, “%2$s”) does not look like this content: it has another address and another text.', 'igny8' ), $post->ID, $post->post_title ),
			__( 'Say whether this content belongs to that post, or is to be a new one.', 'igny8' ),
			array(
				'post_id'   => $post->ID,
				'title'     => $post->post_title,
				'permalink' => (string) get_permalink( $post ),
			),
		);
	}

	/**
	 * A post that could be a content's.
	 *
	 * @param int $post_id Post.
	 * @return WP_Post|null
	 */
	private function post( $post_id ) {
		$post = $post_id > 0 ? get_post( $post_id ) : null;
		return $post instanceof WP_Post && ! in_array( $post->post_type, array( 'revision', 'attachment', 'nav_menu_item' ), true ) && 'auto-draft' !== $post->post_status ? $post : null;
	}

	/**
	 * Whether a post of that id is plausibly the one: its marker, its address, or its texts.
	 *
	 * @param WP_Post $post Post.
	 * @return bool
	 */
	private function is_ours( $post ) {
		$marker = IGNY8_Own_Meta::content_id( 'post', $post->ID );
		if ( '' !== $marker ) {
			return $marker === $this->payload->content_id || $marker === $this->payload->base['former'];
		}
		return $this->has_address( $post )
			|| IGNY8_Status::content_hash( $post->post_title, $post->post_content, $post->post_excerpt ) === $this->payload->base['content_hash'];
	}

	/**
	 * Whether a post has the address that the app knows; what is in the trash has the one it had.
	 *
	 * @param WP_Post $post Post.
	 * @return bool
	 */
	private function has_address( $post ) {
		if ( 'trash' === $post->post_status ) {
			$post              = clone $post;
			$before            = (string) get_post_meta( $post->ID, '_wp_desired_post_slug', true );
			$post->post_status = 'publish';
			$post->post_name   = '' === $before ? $post->post_name : $before;
			$post->filter      = 'raw'; // So that WordPress takes it as it is instead of reading it anew.
		}
		// A page below one that is in the trash has the other's changed slug in its address, too.
		$address = preg_replace( '#__trashed(?:-\d+)?(?=/|\z)#', '', self::address( (string) get_permalink( $post ) ) );
		return self::address( $this->payload->base['permalink'] ) === $address;
	}

	/**
	 * The post under another id: one with our marker, or at our address.
	 *
	 * @return WP_Post|null
	 */
	private function find_by_marker_or_address() {
		global $wpdb;
		$ids    = $wpdb->get_col( $wpdb->prepare( "SELECT post_id FROM {$wpdb->postmeta} WHERE meta_key = '_igny8_content_id' AND meta_value = %s ORDER BY post_id LIMIT 20", $this->payload->content_id ) );
		$ids    = array_filter( array_map( 'intval', $ids ), array( $this, 'is_marked' ) );
		$marked = array_filter( array_map( array( $this, 'post' ), $ids ) );
		foreach ( $marked as $post ) {
			if ( $this->has_address( $post ) ) {
				return $post;
			}
		}
		$post = $this->post( '' === $this->payload->base['permalink'] ? 0 : url_to_postid( $this->payload->base['permalink'] ) );
		if ( null !== $post && $post->post_type === $this->payload->post['type'] && '' === IGNY8_Own_Meta::content_id( 'post', $post->ID ) ) {
			return $post;
		}
		return 1 === count( $marked ) ? reset( $marked ) : null;
	}

	/**
	 * Whether a post has our marker of this content; that of the old plugin, whose meta has the same name, is none.
	 *
	 * @param int $post_id Post.
	 * @return bool
	 */
	private function is_marked( $post_id ) {
		return $this->payload->content_id === IGNY8_Own_Meta::content_id( 'post', $post_id );
	}

	/**
	 * An address to compare: neither the scheme nor a slash makes another one.
	 *
	 * @param string $url URL.
	 * @return string
	 */
	public static function address( $url ) {
		return untrailingslashit( strtolower( rawurldecode( (string) preg_replace( '#^https?://#i', '', $url ) ) ) );
	}
}
