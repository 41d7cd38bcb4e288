<?php
/**
 * The address that a post is to have.
 *
 * @package IGNY8
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery -- tables of our own, locks and reads in bulk: no function of WordPress does it.
// phpcs:disable WordPress.Security.EscapeOutput.ExceptionNotEscaped -- it is answered as JSON or escaped where it is shown.

/**
 * WordPress keeps slugs apart within one post type only: a page can take the address of a post. Asks whose an address is
 * before a publish takes it.
 */
class IGNY8_Wanted_Address {

	/**
	 * Id of a post that is not there yet: WordPress gives no address without one.
	 */
	const NO_POST = PHP_INT_MAX;

	/**
	 * Numbers that are tried behind a slug.
	 */
	const TRIES = 50;

	/**
	 * Query variables of a request that leads to no single thing.
	 */
	const OWN_USE = array( 'feed', 'withcomments', 'year', 'monthnum', 'day', 's', 'author_name', 'paged', 'page', 'embed', 'tb', 'rest_route', 'sitemap', 'sitemap-stylesheet', 'robots', 'favicon', 'wc-api' );

	/**
	 * Slug that the post gets without a number of ours; empty when WordPress makes it of the post's id.
	 *
	 * @var string
	 */
	public $slug;

	/**
	 * What holds the address: title, permalink, and edit_url and post_id where they are known; null for nothing.
	 *
	 * @var array<string,mixed>|null
	 */
	public $holder;

	/**
	 * Whether a person chose the slug, here or in WordPress: it is not changed then.
	 *
	 * @var bool
	 */
	public $is_chosen;

	/**
	 * The post as it is to be.
	 *
	 * @var WP_Post
	 */
	private $post;

	/**
	 * Looks who has it.
	 *
	 * @param IGNY8_Payload $payload Payload.
	 * @param WP_Post|null  $there   The post that is updated, or the draft that goes live; null before there is one.
	 */
	public function __construct( $payload, $there ) {
		$sent            = $payload->post;
		$own             = null === $there ? '' : self::slug_of( $there );
		$slug            = '' === $sent['slug'] ? $own : sanitize_title( $sent['slug'] );
		$this->is_chosen = '' !== $slug;
		$this->post      = self::wanted( $sent, $there );
		$this->slug      = $this->unique( '' === $slug ? sanitize_title( $sent['title'] ) : $slug );
		$this->holder    = '' === $this->slug ? null : $this->holder_of( $this->slug, $there );
	}

	/**
	 * The next slug whose address is free.
	 *
	 * @return string
	 * @throws IGNY8_Exception When none is.
	 */
	public function free_slug() {
		$base = _truncate_post_slug( $this->slug, 195 );
		for ( $number = 2; $number <= self::TRIES; $number++ ) {
			$slug = $this->unique( "$base-$number" );
			if ( null === $this->holder_of( $slug, null ) ) {
				return $slug;
			}
		}
		throw $this->refusal();
	}

	/**
	 * The refusal to take it, for the moment before it would be taken.
	 *
	 * @return IGNY8_Exception
	 */
	public function refusal() {
		return new IGNY8_Exception( 'ADDRESS_TAKEN', $this->message(), 409, null, $this->holder );
	}

	/**
	 * Whose the address is, in words.
	 *
	 * @return string
	 */
	public function message() {
		/* translators: 1: address, 2: title of a post, or what WordPress shows there. */
		return sprintf( __( 'The address %1$s is taken by “%2$s”, which visitors could no longer open.', 'igny8' ), $this->holder['permalink'], $this->holder['title'] );
	}

	/**
	 * What to do about it.
	 *
	 * @return string
	 */
	public static function cure() {
		return __( 'Choose another slug.', 'igny8' );
	}

	/**
	 * The slug to write when the post goes live: the wanted one, or the next free one where nobody chose it.
	 *
	 * @param IGNY8_Payload $payload Payload.
	 * @param WP_Post       $there   The post that is updated, or the draft that goes live.
	 * @return array<string,string> The column to write; empty to leave it to WordPress.
	 * @throws IGNY8_Exception When somebody took the address since the checks.
	 */
	public static function column( $payload, $there ) {
		$address = new self( $payload, $there );
		if ( null === $address->holder ) {
			return array();
		}
		if ( $address->is_chosen ) {
			throw $address->refusal();
		}
		return array( 'post_name' => $address->free_slug() );
	}

	/**
	 * The slug that a post has, or had before it went to the trash.
	 *
	 * @param WP_Post $there Post.
	 * @return string
	 */
	private static function slug_of( $there ) {
		$before = 'trash' === $there->post_status ? (string) get_post_meta( $there->ID, '_wp_desired_post_slug', true ) : '';
		return '' === $before ? $there->post_name : $before;
	}

	/**
	 * The post as it is to be, but for its slug.
	 *
	 * @param array<string,string> $sent  Post of the payload.
	 * @param WP_Post|null         $there The post as it is.
	 * @return WP_Post
	 */
	private static function wanted( $sent, $there ) {
		$post = null === $there ? new WP_Post( (object) array() ) : clone $there;
		if ( null === $there ) {
			$post->ID          = self::NO_POST;
			$post->post_type   = $sent['type'];
			$post->post_author = (string) get_current_user_id();
			$post->post_date   = '' === $sent['date_gmt'] ? current_time( 'mysql' ) : get_date_from_gmt( $sent['date_gmt'] );
		}
		if ( '' !== $sent['parent'] ) {
			$post->post_parent = (int) $sent['parent'];
		}
		$post->post_status = 'publish';
		$post->filter      = 'raw'; // So that WordPress takes it as it is instead of reading it anew.
		return $post;
	}

	/**
	 * A slug as WordPress would make it when the post goes live.
	 *
	 * @param string $slug Slug.
	 * @return string
	 */
	private function unique( $slug ) {
		return '' === $slug ? '' : wp_unique_post_slug( $slug, $this->post->ID, 'publish', $this->post->post_type, $this->post->post_parent );
	}

	/**
	 * What has the address that a slug gives.
	 *
	 * @param string       $slug  Slug.
	 * @param WP_Post|null $there The post as it is: one that is live may keep its address.
	 * @return array<string,mixed>|null
	 */
	private function holder_of( $slug, $there ) {
		$this->post->post_name = $slug;
		$link                  = (string) get_permalink( $this->post );
		$is_live               = null !== $there && in_array( $there->post_status, array( 'publish', 'private' ), true );
		if ( '' === (string) wp_parse_url( $link, PHP_URL_PATH ) || null !== wp_parse_url( $link, PHP_URL_QUERY ) || ( $is_live && self::is_same( (string) get_permalink( $there ), $link ) ) ) {
			return null;
		}
		$found = $this->post_at( $slug, $link );
		$found = null === $found ? self::archive_at( $slug, $link ) : $found;
		return null === $found ? self::own_use( $link ) : $found;
	}

	/**
	 * Another post at an address.
	 *
	 * @param string $slug Slug.
	 * @param string $link Address.
	 * @return array<string,mixed>|null
	 */
	private function post_at( $slug, $link ) {
		global $wpdb;
		$ids = $wpdb->get_col( $wpdb->prepare( "SELECT ID FROM {$wpdb->posts} WHERE post_name = %s AND ID <> %d AND (post_status IN ('publish', 'private', 'future', 'inherit') OR (post_type = 'page' AND post_status IN ('draft', 'pending'))) ORDER BY ID LIMIT 100", $slug, $this->post->ID ) );
		foreach ( array_map( 'get_post', $ids ) as $post ) {
			if ( ! $post instanceof WP_Post || ! is_post_type_viewable( $post->post_type ) || ( 'attachment' === $post->post_type && ! self::has_page( $post ) ) ) {
				continue;
			}
			$there = clone $post;
			if ( 'inherit' !== $there->post_status ) {
				$there->post_status = 'publish'; // Its address when it is live: a draft of a page is in the way, too.
			}
			if ( self::is_same( (string) get_permalink( $there ), $link ) ) {
				return array(
					'post_id'  => $post->ID,
					'edit_url' => admin_url( 'post.php?post=' . $post->ID . '&action=edit' ),
				) + self::named( '' === $post->post_title ? '#' . $post->ID : $post->post_title, $link );
			}
		}
		return null;
	}

	/**
	 * Whether an attachment has a page of its own that a publish does not bring itself.
	 *
	 * @param WP_Post $post Attachment.
	 * @return bool
	 */
	private static function has_page( $post ) {
		// Sites from before 6.4 have them; an image of ours goes below its post.
		return '0' !== (string) get_option( 'wp_attachment_pages_enabled', '1' ) && '' === (string) get_post_meta( $post->ID, IGNY8_Media::HASH_META, true );
	}

	/**
	 * The archive of a term, an author or a post type at an address.
	 *
	 * @param string $slug Slug.
	 * @param string $link Address.
	 * @return array<string,mixed>|null
	 */
	private static function archive_at( $slug, $link ) {
		$links = array();
		$terms = get_terms(
			array(
				'slug'       => $slug,
				'taxonomy'   => get_taxonomies( array( 'publicly_queryable' => true ) ),
				'hide_empty' => false,
			)
		);
		foreach ( is_array( $terms ) ? $terms : array() as $term ) {
			$links[ $term->name ] = get_term_link( $term );
		}
		$author = get_user_by( 'slug', $slug );
		if ( false !== $author ) {
			$links[ $author->display_name ] = get_author_posts_url( $author->ID );
		}
		foreach ( get_post_types( array( 'has_archive' => true ), 'objects' ) + get_post_types( array( 'public' => true ), 'objects' ) as $type ) {
			if ( $type->has_archive ) {
				$links[ $type->labels->name ] = get_post_type_archive_link( $type->name );
			}
		}
		foreach ( $links as $name => $at ) {
			if ( is_string( $at ) && self::is_same( $at, $link ) ) {
				return self::named( (string) $name, $link );
			}
		}
		return null;
	}

	/**
	 * WordPress itself at an address: a feed, the posts of a year, an endpoint of a shop, a folder of its own.
	 *
	 * @param string $link Address.
	 * @return array<string,mixed>|null
	 */
	private static function own_use( $link ) {
		global $wp_rewrite;
		$home = (string) wp_parse_url( home_url( '/' ), PHP_URL_PATH );
		$path = trim( substr( rawurldecode( (string) wp_parse_url( $link, PHP_URL_PATH ) ), strlen( $home ) ), '/' );
		$name = basename( $path );
		if ( $name !== $path && in_array( $name, array_column( (array) $wp_rewrite->endpoints, 1 ), true ) ) {
			return self::named( $name, $link );
		}
		foreach ( (array) $wp_rewrite->wp_rewrite_rules() as $pattern => $query ) {
			if ( 1 === preg_match( "#^$pattern#", $path ) && false === strpos( (string) $query, 'pagename=' ) ) {
				parse_str( (string) wp_parse_url( (string) $query, PHP_URL_QUERY ), $asked );
				$is_own = array() !== $asked && array() === array_diff( array_keys( $asked ), self::OWN_USE );
				return $is_own || self::is_folder( $path ) ? self::named( 'WordPress', $link ) : null;
			}
		}
		return self::is_folder( $path ) ? self::named( 'WordPress', $link ) : null;
	}

	/**
	 * Whether the server has a file or folder there, which it answers with before WordPress is asked.
	 *
	 * @param string $path Path below the site's address.
	 * @return bool
	 */
	private static function is_folder( $path ) {
		return '' !== $path && false === strpos( $path, '..' ) && file_exists( ABSPATH . $path );
	}

	/**
	 * A holder.
	 *
	 * @param string $title     Title.
	 * @param string $permalink Address.
	 * @return array<string,mixed>
	 */
	private static function named( $title, $permalink ) {
		return compact( 'title', 'permalink' );
	}

	/**
	 * Whether two addresses are one.
	 *
	 * @param string $one   URL.
	 * @param string $other URL.
	 * @return bool
	 */
	private static function is_same( $one, $other ) {
		return IGNY8_Existing_Post::address( $one ) === IGNY8_Existing_Post::address( $other );
	}
}
